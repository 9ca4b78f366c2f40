#include "storage/expression/parser.h"

#include <absl/container/inlined_vector.h>

#include <optional>
#include <utility>

#include "storage/expression/lexer.h"
#include "storage/expression/messages.h"

namespace skerry::expression {
namespace {

// What a parsed term can stand for.
enum class Category : uint8_t {
  kOperand,   // a path, a value, or a function where only operands may stand
  kEither,    // a function where a condition may stand: what follows decides
  kComplete,  // a condition, or an update's sum: no further operand can join it
};

struct Term {
  NodeId node = kNoNode;
  Category category = Category::kOperand;
  bool parenthesized = false;
};

// What is open to the left of the current token.
enum class FrameKind : uint8_t {
  kGroup,         // '(' around a condition (an update: a sum) or an operand
  kOperandGroup,  // '(' around an operand
  kCall,
  kIn,
  kNot,
  kAnd,
  kOr,
  kBinary,  // a comparator or an update's + or -, waiting for its right operand
  kBetweenLow,
  kBetweenHigh,
};

struct Frame {
  FrameKind kind = FrameKind::kGroup;
  Operator op = Operator::kEqual;
  uint32_t terms = 0;  // kCall, kIn: size of the term stack below the operands
  Token name;          // kCall
};

std::optional<Operator> Comparator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return Operator::kEqual;
    case TokenKind::kNotEqual:
      return Operator::kNotEqual;
    case TokenKind::kLess:
      return Operator::kLess;
    case TokenKind::kLessOrEqual:
      return Operator::kLessOrEqual;
    case TokenKind::kGreater:
      return Operator::kGreater;
    case TokenKind::kGreaterOrEqual:
      return Operator::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

// An operator-precedence parser with an explicit stack; one token of lookahead.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {
    syntax_.text = text;
    syntax_.nodes.reserve(8);
    current_ = lexer_.Next();
    next_ = lexer_.Next();
  }

  Result<Syntax> Condition();
  Result<Syntax> Update();
  Result<Syntax> Projection();

 private:
  enum class Mode : uint8_t { kCondition, kUpdate };

  void Advance() {
    previous_ = current_;
    has_previous_ = true;
    current_ = next_;
    next_ = lexer_.Next();
  }
  Status Fail() const;

  // Terms and operators up to a token that cannot continue them; *root is the result.
  Status ParseTerms(Mode mode, NodeId* root);
  Status ParseTermStart();
  bool ParseJoin();
  bool ParseBetweenAnd();
  bool ParseLogical(FrameKind kind);
  bool CloseParenthesis();
  bool Finish(NodeId* root);

  Status ParsePath(NodeId* node);
  Status ParseSection(Section section);

  // Whether a condition (an update: a sum) may stand where the current term stands.
  bool CompleteAllowed() const;
  bool TopIs(FrameKind kind) const { return !frames_.empty() && frames_.back().kind == kind; }
  bool TopIsOperand() const { return terms_.back().category != Category::kComplete; }

  NodeId AddNode(const Node& node) {
    syntax_.nodes.push_back(node);
    return static_cast<NodeId>(syntax_.nodes.size() - 1);
  }
  // An operation on the last `count` terms, which it replaces.
  void Reduce(Operator op, size_t count, Category category, Token name = {});
  void ReduceWaitingOperator();
  void ReduceLogical(bool through_and, bool through_or);
  void Push(Frame frame) { frames_.push_back(frame); }

  Lexer lexer_;
  Token previous_;
  bool has_previous_ = false;
  bool redundant_seen_ = false;
  Token current_;
  Token next_;
  Mode mode_ = Mode::kCondition;
  absl::InlinedVector<Frame, 8> frames_;
  absl::InlinedVector<Term, 8> terms_;
  Syntax syntax_;
};

Status Parser::Fail() const {
  // The service finds redundant parentheses while it parses, if it gets to their end.
  if (redundant_seen_) return InvalidArgument(messages::RedundantParentheses());
  const std::string_view text = syntax_.text;
  const size_t begin = has_previous_ ? previous_.begin : 0;
  const size_t end =
      current_.kind == TokenKind::kEnd || next_.kind == TokenKind::kEnd ? text.size() : next_.end;
  const std::string_view token = current_.kind == TokenKind::kEnd
                                     ? std::string_view("<EOF>")
                                     : text.substr(current_.begin, current_.end - current_.begin);
  return InvalidArgument(messages::SyntaxError(token, text.substr(begin, end - begin)));
}

bool Parser::CompleteAllowed() const {
  if (frames_.empty()) return true;
  switch (frames_.back().kind) {
    case FrameKind::kGroup:
    case FrameKind::kNot:
    case FrameKind::kAnd:
    case FrameKind::kOr:
      return true;
    default:
      return false;
  }
}

void Parser::Reduce(Operator op, size_t count, Category category, Token name) {
  Node node{.kind = NodeKind::kOperation,
            .op = op,
            .first = static_cast<uint32_t>(syntax_.children.size()),
            .count = static_cast<uint32_t>(count),
            .offset = name.begin,
            .length = name.end - name.begin};
  for (size_t i = terms_.size() - count; i < terms_.size(); ++i) {
    syntax_.children.push_back(terms_[i].node);
  }
  terms_.resize(terms_.size() - count);
  terms_.push_back({.node = AddNode(node), .category = category});
}

// An operand has just been completed: a comparator, BETWEEN, + or - that waited for it is complete.
void Parser::ReduceWaitingOperator() {
  if (!TopIsOperand()) return;
  if (TopIs(FrameKind::kBinary)) {
    const Operator op = frames_.back().op;
    frames_.pop_back();
    Reduce(op, 2, Category::kComplete);
  } else if (TopIs(FrameKind::kBetweenHigh)) {
    frames_.pop_back();
    Reduce(Operator::kBetween, 3, Category::kComplete);
  }
}

// NOT binds tightest, then AND, then OR. Equal operators nest to the right.
void Parser::ReduceLogical(bool through_and, bool through_or) {
  for (;;) {
    if (TopIs(FrameKind::kNot)) {
      frames_.pop_back();
      Reduce(Operator::kNot, 1, Category::kComplete);
    } else if (through_and && TopIs(FrameKind::kAnd)) {
      frames_.pop_back();
      Reduce(Operator::kAnd, 2, Category::kComplete);
    } else if (through_or && TopIs(FrameKind::kOr)) {
      frames_.pop_back();
      Reduce(Operator::kOr, 2, Category::kComplete);
    } else {
      return;
    }
  }
}

Status Parser::ParsePath(NodeId* node) {
  const auto first = static_cast<uint32_t>(syntax_.elements.size());
  auto add = [&](RawElement::Kind kind) {
    syntax_.elements.push_back({kind, current_.begin, current_.end - current_.begin});
    Advance();
  };
  if (current_.kind == TokenKind::kIdentifier) {
    add(RawElement::Kind::kName);
  } else if (current_.kind == TokenKind::kName) {
    add(RawElement::Kind::kPlaceholder);
  } else {
    return Fail();
  }
  for (;;) {
    if (current_.kind == TokenKind::kDot) {
      Advance();
      if (current_.kind == TokenKind::kIdentifier) {
        add(RawElement::Kind::kName);
      } else if (current_.kind == TokenKind::kName || current_.kind == TokenKind::kValue) {
        // The grammar takes a value's placeholder too; no attribute name is ever defined for it.
        add(RawElement::Kind::kPlaceholder);
      } else {
        return Fail();
      }
    } else if (current_.kind == TokenKind::kLeftBracket) {
      Advance();
      if (current_.kind != TokenKind::kIndex) return Fail();
      add(RawElement::Kind::kIndex);
      if (current_.kind != TokenKind::kRightBracket) return Fail();
      Advance();
    } else {
      break;
    }
  }
  *node = AddNode({.kind = NodeKind::kPath,
                   .first = first,
                   .count = static_cast<uint32_t>(syntax_.elements.size()) - first});
  return OkStatus();
}

Status Parser::ParseTermStart() {
  for (;;) {
    const bool complete_allowed = CompleteAllowed();
    if (current_.kind == TokenKind::kNot && mode_ == Mode::kCondition && complete_allowed) {
      Push({.kind = FrameKind::kNot});
      Advance();
    } else if (current_.kind == TokenKind::kLeftParen) {
      Push({.kind = complete_allowed ? FrameKind::kGroup : FrameKind::kOperandGroup});
      Advance();
    } else if (current_.kind == TokenKind::kIdentifier && next_.kind == TokenKind::kLeftParen) {
      Push({.kind = FrameKind::kCall,
            .terms = static_cast<uint32_t>(terms_.size()),
            .name = current_});
      Advance();
      Advance();
    } else {
      break;
    }
  }
  NodeId node = kNoNode;
  if (current_.kind == TokenKind::kValue) {
    node = AddNode({.kind = NodeKind::kValue,
                    .offset = current_.begin,
                    .length = current_.end - current_.begin});
    Advance();
  } else {
    SKERRY_RETURN_IF_ERROR(ParsePath(&node));
  }
  terms_.push_back({.node = node});
  return OkStatus();
}

// `)` of a group, a call or an IN list.
bool Parser::CloseParenthesis() {
  if (terms_.back().category != Category::kOperand && mode_ == Mode::kCondition) {
    ReduceLogical(true, true);
  }
  if (frames_.empty()) return false;
  const Frame frame = frames_.back();
  const size_t operands = terms_.size() - frame.terms;
  switch (frame.kind) {
    case FrameKind::kGroup:
    case FrameKind::kOperandGroup:
      frames_.pop_back();
      if (terms_.back().parenthesized) {
        syntax_.redundant_parentheses = true;
        // Around an operand where a condition may stand, what follows decides how they are read.
        redundant_seen_ |= mode_ == Mode::kUpdate || frame.kind == FrameKind::kOperandGroup ||
                           terms_.back().category != Category::kOperand;
      }
      terms_.back().parenthesized = true;
      break;
    case FrameKind::kCall: {
      frames_.pop_back();
      const bool either = mode_ == Mode::kCondition && CompleteAllowed();
      const std::string_view name =
          syntax_.Text(frame.name.begin, frame.name.end - frame.name.begin);
      Reduce(FunctionByName(name), operands, either ? Category::kEither : Category::kOperand,
             frame.name);
      break;
    }
    case FrameKind::kIn:
      frames_.pop_back();
      Reduce(Operator::kIn, operands + 1, Category::kComplete);
      break;
    default:
      return false;
  }
  Advance();
  return true;
}

bool Parser::ParseBetweenAnd() {
  if (!TopIs(FrameKind::kBetweenLow)) return false;
  frames_.back().kind = FrameKind::kBetweenHigh;
  Advance();
  return true;
}

bool Parser::ParseLogical(FrameKind kind) {
  if (mode_ != Mode::kCondition || terms_.back().category == Category::kOperand ||
      !CompleteAllowed()) {
    return false;
  }
  ReduceLogical(kind == FrameKind::kOr, false);
  terms_.back().category = Category::kComplete;
  Push({.kind = kind});
  Advance();
  return true;
}

// A token that joins the last term with one to come.
bool Parser::ParseJoin() {
  const bool may_compare = TopIsOperand() && CompleteAllowed();
  switch (current_.kind) {
    case TokenKind::kAnd:
      return ParseBetweenAnd() || ParseLogical(FrameKind::kAnd);
    case TokenKind::kOr:
      return ParseLogical(FrameKind::kOr);
    case TokenKind::kPlus:
    case TokenKind::kMinus: {
      if (mode_ != Mode::kUpdate || !may_compare) return false;
      const bool plus = current_.kind == TokenKind::kPlus;
      Push({.kind = FrameKind::kBinary, .op = plus ? Operator::kPlus : Operator::kMinus});
      break;
    }
    case TokenKind::kBetween:
      if (mode_ != Mode::kCondition || !may_compare) return false;
      Push({.kind = FrameKind::kBetweenLow});
      break;
    case TokenKind::kIn:
      if (mode_ != Mode::kCondition || !may_compare) return false;
      Push({.kind = FrameKind::kIn, .terms = static_cast<uint32_t>(terms_.size())});
      Advance();
      if (current_.kind != TokenKind::kLeftParen) return false;
      break;
    case TokenKind::kComma:
      if (!TopIs(FrameKind::kCall) && !TopIs(FrameKind::kIn)) return false;
      break;
    default: {
      const std::optional<Operator> op = Comparator(current_.kind);
      if (!op.has_value() || mode_ != Mode::kCondition || !may_compare) return false;
      Push({.kind = FrameKind::kBinary, .op = *op});
    }
  }
  redundant_seen_ |= syntax_.redundant_parentheses;
  Advance();
  return true;
}

// The terms must be over: true if they are a whole condition or value.
bool Parser::Finish(NodeId* root) {
  if (mode_ == Mode::kCondition) {
    if (terms_.back().category == Category::kOperand) return false;
    ReduceLogical(true, true);
  }
  if (!frames_.empty()) return false;
  *root = terms_.back().node;
  terms_.clear();
  return true;
}

Status Parser::ParseTerms(Mode mode, NodeId* root) {
  mode_ = mode;
  for (;;) {
    SKERRY_RETURN_IF_ERROR(ParseTermStart());
    ReduceWaitingOperator();
    while (current_.kind == TokenKind::kRightParen) {
      if (!CloseParenthesis()) return Fail();
      ReduceWaitingOperator();
    }
    const bool may_end =
        current_.kind == TokenKind::kEnd || (mode == Mode::kUpdate && frames_.empty());
    if (may_end && current_.kind != TokenKind::kPlus && current_.kind != TokenKind::kMinus) {
      return Finish(root) ? OkStatus() : Fail();
    }
    if (!ParseJoin()) return Fail();
  }
}

Result<Syntax> Parser::Condition() {
  SKERRY_RETURN_IF_ERROR(ParseTerms(Mode::kCondition, &syntax_.root));
  return std::move(syntax_);
}

std::optional<Section> SectionOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kSet:
      return Section::kSet;
    case TokenKind::kRemove:
      return Section::kRemove;
    case TokenKind::kAdd:
      return Section::kAdd;
    case TokenKind::kDelete:
      return Section::kDelete;
    default:
      return std::nullopt;
  }
}

// The comma-separated actions behind a section's keyword.
Status Parser::ParseSection(Section section) {
  for (;;) {
    UpdateAction action{.section = section};
    SKERRY_RETURN_IF_ERROR(ParsePath(&action.path));
    if (section == Section::kSet) {
      if (current_.kind != TokenKind::kEqual) return Fail();
      Advance();
      SKERRY_RETURN_IF_ERROR(ParseTerms(Mode::kUpdate, &action.value));
    } else if (section != Section::kRemove) {
      if (current_.kind != TokenKind::kValue) return Fail();
      action.value = AddNode({.kind = NodeKind::kValue,
                              .offset = current_.begin,
                              .length = current_.end - current_.begin});
      Advance();
    }
    syntax_.actions.push_back(action);
    if (current_.kind != TokenKind::kComma) return OkStatus();
    Advance();
  }
}

Result<Syntax> Parser::Update() {
  uint8_t seen = 0;
  do {
    const std::optional<Section> section = SectionOf(current_.kind);
    if (!section.has_value()) return Fail();
    const auto bit = static_cast<uint8_t>(1U << static_cast<unsigned>(*section));
    const bool again = (seen & bit) != 0 && syntax_.used_twice_end == 0;
    seen |= bit;
    Advance();
    SKERRY_RETURN_IF_ERROR(ParseSection(*section));
    if (again) {
      syntax_.used_twice = *section;
      syntax_.used_twice_end = syntax_.actions.size();
    }
  } while (current_.kind != TokenKind::kEnd);
  return std::move(syntax_);
}

Result<Syntax> Parser::Projection() {
  for (;;) {
    NodeId path = kNoNode;
    SKERRY_RETURN_IF_ERROR(ParsePath(&path));
    syntax_.paths.push_back(path);
    if (current_.kind == TokenKind::kEnd) return std::move(syntax_);
    if (current_.kind != TokenKind::kComma) return Fail();
    Advance();
  }
}

}  // namespace

Result<Syntax> ParseCondition(std::string_view text) { return Parser(text).Condition(); }
Result<Syntax> ParseUpdate(std::string_view text) { return Parser(text).Update(); }
Result<Syntax> ParseProjection(std::string_view text) { return Parser(text).Projection(); }

}  // namespace skerry::expression
