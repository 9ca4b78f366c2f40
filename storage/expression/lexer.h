#pragma once

#include <cstdint>
#include <string_view>

namespace skerry::expression {

// The tokens that all four grammars share (README.md). Keywords are recognised in any case.
enum class TokenKind : uint8_t {
  kEnd,
  kUnknown,     // one character that starts no token
  kIdentifier,  // [A-Za-z][A-Za-z0-9_]*, not a keyword
  kName,        // #name
  kValue,       // :value
  kIndex,       // 0 | [1-9][0-9]*
  kComma,
  kDot,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kPlus,
  kMinus,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kAnd,
  kOr,
  kNot,
  kBetween,
  kIn,
  kSet,
  kAdd,
  kRemove,
  kDelete,
};

// [begin, end) in the expression; kEnd is empty and stands at its end.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Reads tokens one at a time; never fails and never passes the end. Borrows the text.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token Next();

 private:
  Token Take(TokenKind kind, size_t length);

  std::string_view text_;
  size_t position_ = 0;
};

// Whether `key` is a placeholder: `sigil`, then letters, digits and underscores.
bool IsPlaceholder(std::string_view key, char sigil);

}  // namespace skerry::expression
