#include "server/dynamodb/json_reader.h"

#include <emmintrin.h>

#include <utility>
#include <vector>

#include "server/dynamodb/utf8.h"

namespace skerry::dynamodb {
namespace {

// The first byte in [at, end) that a plain run of string characters cannot hold: a quote, a
// backslash or a control character.
const char* FindSpecial(const char* at, const char* end) {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1f);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const __m128i hits = _mm_or_si128(
        control, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
    if (const int mask = _mm_movemask_epi8(hits); mask != 0) return at + __builtin_ctz(mask);
  }
  for (; at < end; ++at) {
    if (*at == '"' || *at == '\\' || static_cast<unsigned char>(*at) < 0x20) break;
  }
  return at;
}

bool IsDigit(const char* at, const char* end) { return at < end && *at >= '0' && *at <= '9'; }

const char* SkipDigits(const char* at, const char* end) {
  while (IsDigit(at, end)) ++at;
  return at;
}

void AppendUtf8(uint32_t code, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace

JsonReader::JsonReader(std::string_view text)
    : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {
  if (text.starts_with("\xef\xbb\xbf")) at_ += 3;
  if (!IsUtf8(text)) Fail();
}

void JsonReader::Fail() {
  ok_ = false;
  end_ = at_;  // nothing more to read: every later call fails by itself
}

void JsonReader::SkipSpace() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

JsonReader::Kind JsonReader::Peek() {
  SkipSpace();
  if (at_ < end_) {
    switch (*at_) {
      case '{':
        return Kind::kObject;
      case '[':
        return Kind::kArray;
      case '"':
        return Kind::kString;
      case 't':
        return Kind::kTrue;
      case 'f':
        return Kind::kFalse;
      case 'n':
        return Kind::kNull;
      default:
        if (*at_ == '-' || IsDigit(at_, end_)) return Kind::kNumber;
    }
  }
  Fail();
  return Kind::kInvalid;
}

void JsonReader::BeginObject() {
  ++at_;
  fresh_ = true;
}

void JsonReader::BeginArray() { BeginObject(); }

bool JsonReader::NextKey(std::string_view* key) {
  SkipSpace();
  const bool first = std::exchange(fresh_, false);
  if (at_ == end_) return Fail(), false;
  if (*at_ == '}') return ++at_, false;
  if (!first) {
    if (*at_ != ',') return Fail(), false;
    ++at_;
    SkipSpace();
  }
  if (at_ == end_ || *at_ != '"') return Fail(), false;
  ++at_;
  *key = TakeStringBody();
  SkipSpace();
  if (at_ == end_ || *at_ != ':') return Fail(), false;
  ++at_;
  return ok_;
}

bool JsonReader::NextElement() {
  SkipSpace();
  const bool first = std::exchange(fresh_, false);
  if (at_ == end_) return Fail(), false;
  if (*at_ == ']') return ++at_, false;
  if (first) return true;
  if (*at_ != ',') return Fail(), false;
  ++at_;
  return true;
}

std::string_view JsonReader::TakeString() {
  if (at_ == end_) return Fail(), std::string_view();
  ++at_;
  return TakeStringBody();
}

std::string_view JsonReader::TakeStringBody() {
  const char* start = at_;
  at_ = FindSpecial(at_, end_);
  if (at_ < end_ && *at_ == '"') {
    return std::string_view(start, static_cast<size_t>(at_++ - start));
  }
  return TakeEscapedString(start);
}

std::string_view JsonReader::TakeEscapedString(const char* start) {
  unescaped_.assign(start, at_);
  while (at_ < end_ && *at_ == '\\') {
    ++at_;
    if (!AppendEscape(&unescaped_)) return Fail(), std::string_view();
    const char* run = at_;
    at_ = FindSpecial(at_, end_);
    unescaped_.append(run, at_);
  }
  if (at_ == end_ || *at_ != '"') return Fail(), std::string_view();
  ++at_;
  return unescaped_;
}

bool JsonReader::AppendEscape(std::string* out) {
  if (at_ == end_) return false;
  switch (*at_++) {
    case '"':
      return out->push_back('"'), true;
    case '\\':
      return out->push_back('\\'), true;
    case '/':
      return out->push_back('/'), true;
    case 'b':
      return out->push_back('\b'), true;
    case 'f':
      return out->push_back('\f'), true;
    case 'n':
      return out->push_back('\n'), true;
    case 'r':
      return out->push_back('\r'), true;
    case 't':
      return out->push_back('\t'), true;
    case 'u':
      break;
    default:
      return false;
  }
  uint32_t code = 0;
  if (!TakeHex4(&code)) return false;
  if (code >= 0xd800 && code <= 0xdfff) {
    // Half a character has no UTF-8: it is refused rather than stored as something else.
    uint32_t low = 0;
    if (code >= 0xdc00 || end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return false;
    at_ += 2;
    if (!TakeHex4(&low) || low < 0xdc00 || low > 0xdfff) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(code, out);
  return true;
}

bool JsonReader::TakeHex4(uint32_t* unit) {
  if (end_ - at_ < 4) return false;
  *unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = *at_++;
    uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint32_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<uint32_t>(c - 'A') + 10;
    } else {
      return false;
    }
    *unit = *unit << 4 | digit;
  }
  return true;
}

std::string_view JsonReader::TakeNumber() {
  const char* start = at_;
  if (at_ < end_ && *at_ == '-') ++at_;
  if (!IsDigit(at_, end_)) return Fail(), std::string_view();
  at_ = *at_ == '0' ? at_ + 1 : SkipDigits(at_, end_);
  if (at_ < end_ && *at_ == '.') {
    ++at_;
    if (!IsDigit(at_, end_)) return Fail(), std::string_view();
    at_ = SkipDigits(at_, end_);
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!IsDigit(at_, end_)) return Fail(), std::string_view();
    at_ = SkipDigits(at_, end_);
  }
  return std::string_view(start, static_cast<size_t>(at_ - start));
}

bool JsonReader::TakeWord(std::string_view word) {
  if (static_cast<size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) {
    return Fail(), false;
  }
  at_ += word.size();
  return true;
}

void JsonReader::TakeLiteral() {
  if (at_ == end_) return Fail();
  TakeWord(*at_ == 't' ? "true" : *at_ == 'f' ? "false" : "null");
}

void JsonReader::SkipScalar(Kind kind) {
  switch (kind) {
    case Kind::kString:
      TakeString();
      break;
    case Kind::kNumber:
      TakeNumber();
      break;
    default:
      TakeLiteral();
      break;
  }
}

void JsonReader::Skip() {
  std::vector<bool> in_object;  // of the containers open in what is skipped
  do {
    const Kind kind = Peek();
    if (kind == Kind::kObject || kind == Kind::kArray) {
      in_object.push_back(kind == Kind::kObject);
      BeginObject();
    } else if (kind != Kind::kInvalid) {
      SkipScalar(kind);
    }
    // Leave what ends here; stop where a next value stands.
    std::string_view key;
    while (ok_ && !in_object.empty()) {
      if (in_object.back() ? NextKey(&key) : NextElement()) break;
      in_object.pop_back();
    }
  } while (ok_ && !in_object.empty());
}

bool JsonReader::Finish() {
  SkipSpace();
  if (at_ != end_) Fail();
  return ok_;
}

}  // namespace skerry::dynamodb
