#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace skerry::dynamodb {

// A strict pull reader of one JSON text (RFC 8259): one pass, no tree, no recursion of its own, no
// padding behind the text. What is skipped is checked as strictly as what is read. Strings without
// escapes are views into the text, others into the reader; either way valid until the next string
// is taken. A failure is sticky: every call after it fails in a way that ends loops, and what was
// taken before is to be thrown away. Thread-compatible; the text must outlive the reader.
class JsonReader {
 public:
  enum class Kind : uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull, kInvalid };

  // Fails at once unless the text is UTF-8. A byte order mark in front is passed over.
  explicit JsonReader(std::string_view text);

  bool ok() const { return ok_; }
  // Where the reader stands, in bytes.
  size_t position() const { return static_cast<size_t>(at_ - begin_); }

  // The kind of the next value, by its first byte; kInvalid is a failure.
  Kind Peek();

  // After Peek() said kObject. NextKey is false at the object's end and after a failure.
  void BeginObject();
  bool NextKey(std::string_view* key);
  // After Peek() said kArray.
  void BeginArray();
  bool NextElement();

  std::string_view TakeString();  // after kString
  std::string_view TakeNumber();  // after kNumber: its text
  void TakeLiteral();             // after kTrue, kFalse, kNull

  // Passes over any value, however deep; memory is one bit for each level.
  void Skip();

  // Makes the reader fail where it stands: the text is well-formed so far but not what is wanted.
  void Stop() { Fail(); }

  // True if the text is well-formed and nothing but white space follows.
  bool Finish();

 private:
  void Fail();
  void SkipSpace();
  bool TakeWord(std::string_view word);
  // From the character after the opening quote.
  std::string_view TakeStringBody();
  std::string_view TakeEscapedString(const char* start);
  bool AppendEscape(std::string* out);
  bool TakeHex4(uint32_t* unit);
  void SkipScalar(Kind kind);

  const char* begin_;
  const char* at_;
  const char* end_;
  bool ok_ = true;
  bool fresh_ = false;  // a container was begun and nothing of it taken yet
  std::string unescaped_;
};

}  // namespace skerry::dynamodb
