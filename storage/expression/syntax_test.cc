#include <gtest/gtest.h>

#include "storage/expression/expression_testing.h"

// What the four grammars accept, and how they name the token that they do not. Outcomes as DynamoDB
// Local 2.6.1 gives them, but for those marked.

namespace skerry::expression::testing {
namespace {

TEST(Lexing, SplitsOperatorsAtTheirLongest) {
  CheckTable(ConditionOutcome, R"table(
    a == b  => Syntax error; token: "=", near: "== b"
    a != b  => Syntax error; token: "!", near: "a !="
    a < > b => Syntax error; token: ">", near: "< > b"
    a <>= b => Syntax error; token: "=", near: "<>= b"
    a <=> b => Syntax error; token: ">", near: "<=> b"
    a =< b  => Syntax error; token: "<", near: "=< b"
    a >> b  => Syntax error; token: ">", near: ">> b"
    a <= b  => false
    a >= b  => false
    a <> b  => true
    a := b  => Syntax error; token: ":", near: "a :="
  )table");
}

TEST(Lexing, RefusesWhatStartsNoToken) {
  CheckTable(ConditionOutcome, R"table(
    a = 1            => Syntax error; token: "1", near: "= 1"
    1 = a            => Syntax error; token: "1", near: "1 ="
    a = "x"          => Syntax error; token: """, near: "= "x"
    a = 'x'          => Syntax error; token: "'", near: "= 'x"
    a = $x           => Syntax error; token: "$", near: "= $x"
    a$b = c          => Syntax error; token: "$", near: "a$b"
    a-b = c          => Syntax error; token: "-", near: "a-b"
    _a = c           => Syntax error; token: "_", near: "_a"
    __a = c          => Syntax error; token: "_", near: "__"
    1a = c           => Syntax error; token: "1", near: "1a"
    a @ b            => Syntax error; token: "@", near: "a @ b"
    a % b            => Syntax error; token: "%", near: "a % b"
    a ; b            => Syntax error; token: ";", near: "a ; b"
    a = b;           => Syntax error; token: ";", near: "b;"
    a ~ b            => Syntax error; token: "~", near: "a ~ b"
    a { b            => Syntax error; token: "{", near: "a { b"
    a * b = c        => Syntax error; token: "*", near: "a * b"
    é = b            => Syntax error; token: "é", near: "é ="
    aé = b           => Syntax error; token: "é", near: "aé ="
    a = \b           => Syntax error; token: "\", near: "= \b"
    a = b -- comment => Syntax error; token: "-", near: "b --"
    a = b /* c */    => Syntax error; token: "/", near: "b /*"
  )table");
}

TEST(Lexing, TakesKeywordsInAnyCaseAndNowhereElse) {
  CheckTable(ConditionOutcome, R"table(
    not a = b           => true
    n Between :1 And :5 => true
    n iN (:5)           => true
    AND                 => Syntax error; token: "AND", near: "AND"
    AND = a             => Syntax error; token: "AND", near: "AND ="
    a = AND             => Syntax error; token: "AND", near: "= AND"
    set = a             => Syntax error; token: "set", near: "set ="
    Set.a = b           => Syntax error; token: "Set", near: "Set."
    a.add = b           => Syntax error; token: "add", near: ".add ="
    a.AND = b           => Syntax error; token: "AND", near: ".AND ="
    a.b.IN = b          => Syntax error; token: "IN", near: ".IN ="
    REMOVE a            => Syntax error; token: "REMOVE", near: "REMOVE a"
    a LIKE b            => Syntax error; token: "LIKE", near: "a LIKE b"
    a IS NULL           => Syntax error; token: "IS", near: "a IS NULL"
  )table");
}

TEST(Lexing, NeedsAWordBehindTheSigilOfAPlaceholder) {
  CheckTable(ConditionOutcome, R"table(
    : = a    => Syntax error; token: ":", near: ": ="
    # = a    => Syntax error; token: "#", near: "# ="
    a = ::s  => Syntax error; token: ":", near: "= ::s"
    a = ##n  => Syntax error; token: "#", near: "= ##n"
    a = :#s  => Syntax error; token: ":", near: "= :#s"
    a = :s:s => Syntax error; token: ":s", near: ":s:s"
    a=: s    => Syntax error; token: ":", near: "=: s"
    a=# n    => Syntax error; token: "#", near: "=# n"
    a = :s-b => Syntax error; token: "-", near: ":s-b"
    a:s = b  => Syntax error; token: ":s", near: "a:s ="
    a#n = b  => Syntax error; token: "#n", near: "a#n ="
    #n#n = b => Syntax error; token: "#n", near: "#n#n ="
  )table");
}

TEST(ConditionSyntax, NamesTheTokenAndItsNeighbours) {
  CheckTable(ConditionOutcome, R"table(
    a                   => Syntax error; token: "<EOF>", near: "a"
    a =                 => Syntax error; token: "<EOF>", near: "="
    = a                 => Syntax error; token: "=", near: "= a"
    a = b = c           => Syntax error; token: "=", near: "b = c"
    a b                 => Syntax error; token: "b", near: "a b"
    a = b c = d         => Syntax error; token: "c", near: "b c ="
    a = b, c = d        => Syntax error; token: ",", near: "b, c"
    a foo(b)            => Syntax error; token: "foo", near: "a foo("
    foo a               => Syntax error; token: "a", near: "foo a"
    a = b AND           => Syntax error; token: "<EOF>", near: "AND"
    a = b AND c         => Syntax error; token: "<EOF>", near: "c"
    a = b AND AND c = d => Syntax error; token: "AND", near: "AND AND c"
    a AND b             => Syntax error; token: "AND", near: "a AND b"
    a NOT = b           => Syntax error; token: "NOT", near: "a NOT ="
    a = b NOT           => Syntax error; token: "NOT", near: "b NOT"
    NOT                 => Syntax error; token: "<EOF>", near: "NOT"
    NOT a               => Syntax error; token: "<EOF>", near: "a"
    NOT = a             => Syntax error; token: "=", near: "NOT = a"
    NOT AND             => Syntax error; token: "AND", near: "NOT AND"
    a + b = c           => Syntax error; token: "+", near: "a + b"
    a = b + c           => Syntax error; token: "+", near: "b + c"
    a - b = c           => Syntax error; token: "-", near: "a - b"
  )table");
}

TEST(ConditionSyntax, WantsParenthesesToMatch) {
  CheckTable(ConditionOutcome, R"table(
    (a = b           => Syntax error; token: "<EOF>", near: "b"
    a = b)           => Syntax error; token: ")", near: "b)"
    ()               => Syntax error; token: ")", near: "()"
    )                => Syntax error; token: ")", near: ")"
    (                => Syntax error; token: "<EOF>", near: "("
    (a = b) (c = d)  => Syntax error; token: "(", near: ") (c"
    (a = b AND c = d => Syntax error; token: "<EOF>", near: "d"
    (a)              => Syntax error; token: "<EOF>", near: ")"
    ((a))            => Syntax error; token: "<EOF>", near: ")"
    ((               => Syntax error; token: "<EOF>", near: "("
    NOT ()           => Syntax error; token: ")", near: "()"
    (NOT a)          => Syntax error; token: ")", near: "a)"
    NOT (a)          => Syntax error; token: "<EOF>", near: ")"
    (a AND b)        => Syntax error; token: "AND", near: "a AND b"
    (a) AND b = c    => Syntax error; token: "AND", near: ") AND b"
    ((a) AND b)      => Syntax error; token: "AND", near: ") AND b"
    ((a),b)          => Syntax error; token: ",", near: "),b"
    a = b ) )        => Syntax error; token: ")", near: "b ) )"
  )table");
}

TEST(ConditionSyntax, TakesParenthesesAroundOperandsAndConditions) {
  CheckTable(ConditionOutcome, R"table(
    (n = :5)                                        => true
    (n) = (:5)                                      => true
    n = (:5)                                        => true
    ((n) = :5)                                      => true
    (size(s)) = :5                                  => true
    NOT (n) = :1                                    => true
    ((n = :5) AND (n = n2))                         => false
    (n) IN (:5)                                     => true
    n IN ((:5), (:1))                               => true
    (n) BETWEEN (:1) AND (:5)                       => true
    size((s)) = :5                                  => true
    (attribute_exists(n)) AND (attribute_exists(s)) => true
    (NOT (n = :1))                                  => true
  )table");
}

TEST(ConditionSyntax, DoesNotTakeAConditionForAnOperand) {
  CheckTable(ConditionOutcome, R"table(
    a = (b = c)             => Syntax error; token: "=", near: "b = c"
    (a = b) = c             => Syntax error; token: "=", near: ") = c"
    NOT (a = b) = c         => Syntax error; token: "=", near: ") = c"
    ((a = b) = c)           => Syntax error; token: "=", near: ") = c"
    a BETWEEN (b AND c)     => Syntax error; token: "AND", near: "b AND c"
    a BETWEEN b AND (c = d) => Syntax error; token: "=", near: "c = d"
    a IN (b = c)            => Syntax error; token: "=", near: "b = c"
    foo(a = b)              => Syntax error; token: "=", near: "a = b"
    foo((a = b))            => Syntax error; token: "=", near: "a = b"
    foo(NOT a)              => Syntax error; token: "NOT", near: "(NOT a"
  )table");
}

TEST(ConditionSyntax, RefusesRedundantParentheses) {
  CheckTable(ConditionOutcome, R"table(
    ((a = b))               => The expression has redundant parentheses;
    ( (a = b) )             => The expression has redundant parentheses;
    (((a = b)))             => The expression has redundant parentheses;
    (a = b) OR ((c = d))    => The expression has redundant parentheses;
    NOT((a = b))            => The expression has redundant parentheses;
    ((NOT a=b))             => The expression has redundant parentheses;
    a = ((b))               => The expression has redundant parentheses;
    ((a)) = b               => The expression has redundant parentheses;
    size(((a))) = b         => The expression has redundant parentheses;
    a IN (((b)))            => The expression has redundant parentheses;
    ((attribute_exists(a))) => The expression has redundant parentheses;
    ((a = b)) AND data = c  => The expression has redundant parentheses;
  )table");
}

// Where the service has read them before it meets the token that cannot stand there.
TEST(ConditionSyntax, FindsRedundantParenthesesBeforeALaterFault) {
  CheckTable(ConditionOutcome, R"table(
    ((a = b)) AND c = d ] => The expression has redundant parentheses;
    a = ((b)) ]           => The expression has redundant parentheses;
    ((a)) = b ]           => The expression has redundant parentheses;
    ((a)) ]               => Syntax error; token: "]", near: ") ]"
    ((a = b) ]            => Syntax error; token: "]", near: ") ]"
    ((foo(a))) ]          => The expression has redundant parentheses;
  )table");
}

TEST(ConditionSyntax, TakesBetweenAndIn) {
  CheckTable(ConditionOutcome, R"table(
    n BETWEEN :1                   => Syntax error; token: "<EOF>", near: ":1"
    n BETWEEN :1 AND               => Syntax error; token: "<EOF>", near: "AND"
    n BETWEEN :1 OR :5             => Syntax error; token: "OR", near: ":1 OR :5"
    n NOT BETWEEN :1 AND :2        => Syntax error; token: "NOT", near: "n NOT BETWEEN"
    n between :1 and :5 and s = s2 => false
    n IN                           => Syntax error; token: "<EOF>", near: "IN"
    n IN :1                        => Syntax error; token: ":1", near: "IN :1"
    n IN ()                        => Syntax error; token: ")", near: "()"
    n IN (:1,)                     => Syntax error; token: ")", near: ",)"
    n IN (:1 :5)                   => Syntax error; token: ":5", near: ":1 :5)"
    n NOT IN (:1)                  => Syntax error; token: "NOT", near: "n NOT IN"
    NOT n IN (:1)                  => true
    n IN (:1, :5)                  => true
  )table");
}

TEST(ConditionSyntax, TakesFunctions) {
  CheckTable(ConditionOutcome, R"table(
    attribute_exists     => Syntax error; token: "<EOF>", near: "attribute_exists"
    attribute_exists(    => Syntax error; token: "<EOF>", near: "("
    attribute_exists()   => Syntax error; token: ")", near: "()"
    attribute_exists(n   => Syntax error; token: "<EOF>", near: "n"
    attribute_exists(n)) => Syntax error; token: ")", near: "))"
    attribute_exists (n) => true
    foo(,a)              => Syntax error; token: ",", near: "(,a"
    foo(a,)              => Syntax error; token: ")", near: ",)"
    foo(a b)             => Syntax error; token: "b", near: "a b)"
    #n(a)                => Syntax error; token: "(", near: "#n(a"
    :s(b)                => Syntax error; token: "(", near: ":s(b"
    m.b(c)               => Syntax error; token: "(", near: "b(c"
    l[0](b)              => Syntax error; token: "(", near: "](b"
    SET(a)               => Syntax error; token: "SET", near: "SET("
  )table");
}

TEST(PathSyntax, TakesNamesAndIndexes) {
  CheckTable(ConditionOutcome, R"table(
    attribute_exists(m.b.c)   => true
    attribute_exists(m . b)   => true
    attribute_exists(m. b .c) => true
    attribute_exists(l[1])    => true
    attribute_exists(l [ 1 ]) => true
    attribute_exists(m.l[1])  => true
    attribute_exists(#m.#b.c) => true
    a..b = c                  => Syntax error; token: ".", near: "..b"
    .a = c                    => Syntax error; token: ".", near: ".a"
    a. = c                    => Syntax error; token: "=", near: ". = c"
    a[] = c                   => Syntax error; token: "]", near: "[] ="
    a[-1] = c                 => Syntax error; token: "-", near: "[-1"
    a[b] = c                  => Syntax error; token: "b", near: "[b]"
    [0] = c                   => Syntax error; token: "[", near: "[0"
    a[00] = c                 => Syntax error; token: "0", near: "00]"
    a[01] = c                 => Syntax error; token: "1", near: "01]"
    a[1.0] = c                => Syntax error; token: ".", near: "1.0"
    a[1e1] = c                => Syntax error; token: "e1", near: "1e1]"
    a[:s] = c                 => Syntax error; token: ":s", near: "[:s]"
    a[#n] = c                 => Syntax error; token: "#n", near: "[#n]"
    a.0 = c                   => Syntax error; token: "0", near: ".0 ="
    a.1b = c                  => Syntax error; token: "1", near: ".1b"
    a.[0] = c                 => Syntax error; token: "[", near: ".[0"
    a[0]b = c                 => Syntax error; token: "b", near: "]b ="
    a[0 = c                   => Syntax error; token: "=", near: "0 = c"
    a]0 = c                   => Syntax error; token: "]", near: "a]0"
    (a.b).c = d               => Syntax error; token: ".", near: ").c"
    (a)[0] = b                => Syntax error; token: "[", near: ")[0"
    :s.a = b                  => Syntax error; token: ".", near: ":s.a"
    a = :s[0]                 => Syntax error; token: "[", near: ":s[0"
  )table");
}

TEST(PathSyntax, BoundsListIndexes) {
  CheckTable(ConditionOutcome, R"table(
    attribute_exists(l[2147483647])           => false
    attribute_exists(l[2147483648])           => List index is not within the allowable range; index: [2147483648]
    attribute_exists(l[99999999999])          => List index is not within the allowable range; index: [99999999999]
    attribute_exists(l[18446744073709551617]) => List index is not within the allowable range; index: [18446744073709551617]
  )table");
}

TEST(UpdateSyntax, NamesTheTokenAndItsNeighbours) {
  CheckTable(UpdateOutcomeOf, R"table(
    n                      => Syntax error; token: "n", near: "n"
    SET                    => Syntax error; token: "<EOF>", near: "SET"
    SET n                  => Syntax error; token: "<EOF>", near: "n"
    SET n =                => Syntax error; token: "<EOF>", near: "="
    SET n = :s,            => Syntax error; token: "<EOF>", near: ","
    SET n = :s, b          => Syntax error; token: "<EOF>", near: "b"
    SET n = :s b = :t      => Syntax error; token: "b", near: ":s b ="
    SET n = :s, SET b = :t => Syntax error; token: "SET", near: ", SET b"
    SET :s = n             => Syntax error; token: ":s", near: "SET :s ="
    SET (n) = :1           => Syntax error; token: "(", near: "SET (n"
    SET n == b             => Syntax error; token: "=", near: "== b"
    SET n > b              => Syntax error; token: ">", near: "n > b"
    SET n += :1            => Syntax error; token: "+", near: "n +="
    SET n+:1               => Syntax error; token: "+", near: "n+:1"
    SETn = :s              => Syntax error; token: "SETn", near: "SETn ="
    SET n = :s;            => Syntax error; token: ";", near: ":s;"
    SET n = :s)            => Syntax error; token: ")", near: ":s)"
    (SET n = :s)           => Syntax error; token: "(", near: "(SET"
    SET n = (:s            => Syntax error; token: "<EOF>", near: ":s"
    SET n = NOT b          => Syntax error; token: "NOT", near: "= NOT b"
    SET n = b AND c        => Syntax error; token: "AND", near: "b AND c"
    SET n = b = c          => Syntax error; token: "=", near: "b = c"
    SET add = :s           => Syntax error; token: "add", near: "SET add ="
    SET n = SET            => Syntax error; token: "SET", near: "= SET"
    REMOVE                 => Syntax error; token: "<EOF>", near: "REMOVE"
    REMOVE n,              => Syntax error; token: "<EOF>", near: ","
    REMOVE n b             => Syntax error; token: "b", near: "n b"
    REMOVE n = b           => Syntax error; token: "=", near: "n = b"
    REMOVE :s              => Syntax error; token: ":s", near: "REMOVE :s"
    REMOVE size(n)         => Syntax error; token: "(", near: "size(n"
    ADD                    => Syntax error; token: "<EOF>", near: "ADD"
    ADD n                  => Syntax error; token: "<EOF>", near: "n"
    ADD n = :1             => Syntax error; token: "=", near: "n = :1"
    ADD n :1,              => Syntax error; token: "<EOF>", near: ","
    ADD n :1 b :2          => Syntax error; token: "b", near: ":1 b :2"
    ADD n b                => Syntax error; token: "b", near: "n b"
    ADD :1 n               => Syntax error; token: ":1", near: "ADD :1 n"
    ADD n :1 + :2          => Syntax error; token: "+", near: ":1 + :2"
    DELETE ss              => Syntax error; token: "<EOF>", near: "ss"
    DELETE ss n            => Syntax error; token: "n", near: "ss n"
    REMOVE n ADD           => Syntax error; token: "<EOF>", near: "ADD"
    SET size(n) = :s       => Syntax error; token: "(", near: "size(n"
  )table");
}

TEST(UpdateSyntax, TakesOneSumPerValue) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET n = :1 + :2                   => n: 3
    SET n = :1 - :2                   => n: -1
    SET n = :1 + :2 + :3              => Syntax error; token: "+", near: ":2 + :3"
    SET n = (:1 + :2) + :3            => Syntax error; token: "+", near: ") + :3"
    SET n = :1 + (:2 + :3)            => Syntax error; token: "+", near: ":2 + :3"
    SET n = (:1 + :2)                 => n: 3
    SET n = ((:1) + (:2))             => n: 3
    SET n = (:1) + :2                 => n: 3
    SET n = ((:1 + :2))               => The expression has redundant parentheses;
    SET n = ((:1))                    => The expression has redundant parentheses;
    SET n = ((:1)) + :2               => The expression has redundant parentheses;
    SET n = -:1                       => Syntax error; token: "-", near: "= -:1"
    SET n = + :1                      => Syntax error; token: "+", near: "= + :1"
    SET n = :1 +                      => Syntax error; token: "<EOF>", near: "+"
    SET n = :1 + + :2                 => Syntax error; token: "+", near: "+ + :2"
    SET n = :1 * :2                   => Syntax error; token: "*", near: ":1 * :2"
    SET n = foo(:1 + :2)              => Syntax error; token: "+", near: ":1 + :2"
    SET n = if_not_exists(n, :1 + :2) => Syntax error; token: "+", near: ":1 + :2"
  )table");
}

TEST(UpdateSyntax, TakesEachSectionOnceInAnyOrder) {
  CheckTable(UpdateOutcomeOf, R"table(
    set n = :1 Remove s add ns :ns DELETE ss :x => n: 1; -s; ss: <"y", "z">
    DELETE ss :x ADD ns :ns REMOVE s SET n = :1 => n: 1; -s; ss: <"y", "z">
    SET n = :s SET b = :t                       => The "SET" section can only be used once in an update expression;
    REMOVE n REMOVE b                           => The "REMOVE" section can only be used once in an update expression;
    ADD n :1 SET s = :s ADD b :1                => The "ADD" section can only be used once in an update expression;
    DELETE n :x DELETE s :x                     => The "DELETE" section can only be used once in an update expression;
    SET data = :s SET b = :t                    => Attribute name is a reserved keyword; reserved keyword: data
    ADD c :1 ADD d :1 SET name = :s             => The "ADD" section can only be used once in an update expression;
    ADD c :1 SET a = :s ADD name :1             => Attribute name is a reserved keyword; reserved keyword: name
    ADD c :1 ADD d :1 SET a = :s SET b = :s     => The "ADD" section can only be used once in an update expression;
  )table");
}

TEST(ProjectionSyntax, IsAListOfPaths) {
  CheckTable(ProjectionOutcome, R"table(
    n       => {n: 5}
    n,s     => {n: 5, s: "hello"}
    n, s    => {n: 5, s: "hello"}
    n,      => Syntax error; token: "<EOF>", near: ","
    n,,s    => Syntax error; token: ",", near: ",,s"
    ,n      => Syntax error; token: ",", near: ",n"
    n s     => Syntax error; token: "s", near: "n s"
    (n)     => Syntax error; token: "(", near: "(n"
    size(n) => Syntax error; token: "(", near: "size(n"
    n = s   => Syntax error; token: "=", near: "n = s"
    n AND s => Syntax error; token: "AND", near: "n AND s"
    :s      => Syntax error; token: ":s", near: ":s"
    n + s   => Syntax error; token: "+", near: "n + s"
    SET     => Syntax error; token: "SET", near: "SET"
    n.set   => Syntax error; token: "set", near: ".set"
    n;      => Syntax error; token: ";", near: "n;"
    m.b.    => Syntax error; token: "<EOF>", near: "."
    m[      => Syntax error; token: "<EOF>", near: "["
    m[0     => Syntax error; token: "<EOF>", near: "0"
    *       => Syntax error; token: "*", near: "*"
    m.*     => Syntax error; token: "*", near: ".*"
    "n"     => Syntax error; token: """, near: ""n"
    #n      => {n: 5}
    #m.#b   => {m: {b: {c: "deep"}}}
    m.:s    => An expression attribute name used in the document path is not defined; attribute name: :s
  )table");
}

TEST(Syntax, CountsWhiteSpaceThatIsSkippedAsNeighbour) {
  EXPECT_EQ(ConditionOutcome("   "), "Syntax error; token: \"<EOF>\", near: \"   \"");
  EXPECT_EQ(ConditionOutcome("  = a"), "Syntax error; token: \"=\", near: \"  = a\"");
  EXPECT_EQ(ConditionOutcome("a = "), "Syntax error; token: \"<EOF>\", near: \"= \"");
  EXPECT_EQ(ConditionOutcome("a\t=\r\nb  c"), "Syntax error; token: \"c\", near: \"b  c\"");
  EXPECT_EQ(ConditionOutcome("a\v= b"), "Syntax error; token: \"\v\", near: \"a\v=\"");
  EXPECT_EQ(ConditionOutcome(""), "The expression can not be empty;");
}

TEST(Syntax, NamesTheParameterInMessages) {
  Compiler compiler(nullptr, nullptr);
  const std::string end = ": Syntax error; token: \"<EOF>\", near: \"[\"";
  auto message = [](const auto& result) { return std::string(result.status().message()); };
  EXPECT_EQ(message(compiler.CompileCondition("FilterExpression", "a[")),
            "Invalid FilterExpression" + end);
  EXPECT_EQ(message(compiler.CompileUpdate("SET a[")), "Invalid UpdateExpression" + end);
  EXPECT_EQ(message(compiler.CompileProjection("a[")), "Invalid ProjectionExpression" + end);
  EXPECT_EQ(message(compiler.CompileKeyCondition("a[")), "Invalid KeyConditionExpression" + end);
}

}  // namespace
}  // namespace skerry::expression::testing
