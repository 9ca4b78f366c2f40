#include "storage/expression/lexer.h"

#include <algorithm>
#include <array>

namespace skerry::expression {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsWordPart(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }

// Other white space, vertical tab and form feed included, is an unknown character.
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

size_t WordLength(std::string_view text, size_t from) {
  size_t end = from;
  while (end < text.size() && IsWordPart(text[end])) ++end;
  return end - from;
}

// Length of the UTF-8 character at the front; 1 where the bytes are none.
size_t CharacterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  size_t length = 1;
  if (lead >= 0xF0) {
    length = 4;
  } else if (lead >= 0xE0) {
    length = 3;
  } else if (lead >= 0xC0) {
    length = 2;
  }
  return std::min(length, text.size());
}

struct Keyword {
  std::string_view word;
  TokenKind kind;
};
constexpr std::array<Keyword, 9> kKeywords = {{
    {"AND", TokenKind::kAnd},
    {"OR", TokenKind::kOr},
    {"NOT", TokenKind::kNot},
    {"BETWEEN", TokenKind::kBetween},
    {"IN", TokenKind::kIn},
    {"SET", TokenKind::kSet},
    {"ADD", TokenKind::kAdd},
    {"REMOVE", TokenKind::kRemove},
    {"DELETE", TokenKind::kDelete},
}};

TokenKind WordKind(std::string_view word) {
  for (const Keyword& keyword : kKeywords) {
    if (word.size() != keyword.word.size()) continue;
    const bool same =
        std::equal(word.begin(), word.end(), keyword.word.begin(),
                   [](char c, char upper) { return (c >= 'a' ? c - 'a' + 'A' : c) == upper; });
    if (same) return keyword.kind;
  }
  return TokenKind::kIdentifier;
}

TokenKind SymbolKind(char c) {
  switch (c) {
    case ',':
      return TokenKind::kComma;
    case '.':
      return TokenKind::kDot;
    case '(':
      return TokenKind::kLeftParen;
    case ')':
      return TokenKind::kRightParen;
    case '[':
      return TokenKind::kLeftBracket;
    case ']':
      return TokenKind::kRightBracket;
    case '+':
      return TokenKind::kPlus;
    case '-':
      return TokenKind::kMinus;
    case '=':
      return TokenKind::kEqual;
    default:
      return TokenKind::kUnknown;
  }
}

}  // namespace

Token Lexer::Take(TokenKind kind, size_t length) {
  const Token token{kind, static_cast<uint32_t>(position_),
                    static_cast<uint32_t>(position_ + length)};
  position_ += length;
  return token;
}

Token Lexer::Next() {
  while (position_ < text_.size() && IsSpace(text_[position_])) ++position_;
  if (position_ == text_.size()) return Take(TokenKind::kEnd, 0);
  const char c = text_[position_];
  const char following = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
  if (IsLetter(c)) {
    const size_t length = WordLength(text_, position_);
    return Take(WordKind(text_.substr(position_, length)), length);
  }
  if (c == '#' || c == ':') {
    const size_t length = WordLength(text_, position_ + 1);
    if (length == 0) return Take(TokenKind::kUnknown, 1);
    return Take(c == '#' ? TokenKind::kName : TokenKind::kValue, 1 + length);
  }
  if (IsDigit(c)) {
    size_t length = 1;
    if (c != '0') {
      while (position_ + length < text_.size() && IsDigit(text_[position_ + length])) ++length;
    }
    return Take(TokenKind::kIndex, length);
  }
  if (c == '<') {
    if (following == '>') return Take(TokenKind::kNotEqual, 2);
    if (following == '=') return Take(TokenKind::kLessOrEqual, 2);
    return Take(TokenKind::kLess, 1);
  }
  if (c == '>') {
    if (following == '=') return Take(TokenKind::kGreaterOrEqual, 2);
    return Take(TokenKind::kGreater, 1);
  }
  const TokenKind kind = SymbolKind(c);
  return Take(kind, kind == TokenKind::kUnknown ? CharacterLength(text_.substr(position_)) : 1);
}

bool IsPlaceholder(std::string_view key, char sigil) {
  return key.size() > 1 && key[0] == sigil && WordLength(key, 1) == key.size() - 1;
}

}  // namespace skerry::expression
