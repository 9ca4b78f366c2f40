#include <gtest/gtest.h>

#include "storage/expression/expression_testing.h"

// Faults that are found before an item is looked at: functions where they may not stand, operands,
// placeholders, paths, and which of several faults is told. Outcomes as DynamoDB Local 2.6.1 gives
// them, but for those marked.

namespace skerry::expression::testing {
namespace {

TEST(Functions, AreKnownByTheirExactNames) {
  CheckTable(ConditionOutcome, R"table(
    foo(a)              => Invalid function name; function: foo
    Attribute_exists(a) => Invalid function name; function: Attribute_exists
    SIZE(a) = b         => Invalid function name; function: SIZE
    foo(a) = b          => Invalid function name; function: foo
    a = foo(a)          => Invalid function name; function: foo
    foo(data) = a       => Invalid function name; function: foo
    foo(bar(a)) = b     => Invalid function name; function: foo
  )table");
}

TEST(Functions, StandInConditionsOnlyWhereTheyBelong) {
  CheckTable(ConditionOutcome, R"table(
    size(a)                          => The function is not allowed to be used this way in an expression; function: size
    begins_with(a, b) = c            => The function is not allowed to be used this way in an expression; function: begins_with
    a = contains(b, c)               => The function is not allowed to be used this way in an expression; function: contains
    contains(attribute_exists(a), b) => The function is not allowed to be used this way in an expression; function: attribute_exists
    size(attribute_exists(a)) = b    => The function is not allowed to be used this way in an expression; function: attribute_exists
    a IN (contains(b, c))            => The function is not allowed to be used this way in an expression; function: contains
    contains(a, b) BETWEEN c AND d   => The function is not allowed to be used this way in an expression; function: contains
    if_not_exists(a, b) = c          => The function is not allowed in a condition expression; function: if_not_exists
    a = list_append(b, c)            => The function is not allowed in a condition expression; function: list_append
    size(if_not_exists(a, b)) = c    => The function is not allowed in a condition expression; function: if_not_exists
    size(if_not_exists(a, b))        => The function is not allowed to be used this way in an expression; function: size
  )table");
}

TEST(Functions, StandInUpdatesOnlyWhereTheyBelong) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = foo(b)                                => Invalid function name; function: foo
    SET a = IF_NOT_EXISTS(b, :s)                  => Invalid function name; function: IF_NOT_EXISTS
    SET a = size(b)                               => The function is not allowed in an update expression; function: size
    SET a = attribute_exists(b)                   => The function is not allowed in an update expression; function: attribute_exists
    SET a = contains(b, c)                        => The function is not allowed in an update expression; function: contains
    SET a = list_append(list_append(:l, :l), :l)  => The function is not allowed to be used this way in an expression; function: list_append
    SET a = if_not_exists(b, list_append(:l, :l)) => The function is not allowed to be used this way in an expression; function: list_append
    SET a = list_append(:l, :l) + :1              => The function is not allowed to be used this way in an expression; function: list_append
    SET a = :1 + list_append(:l, :l)              => The function is not allowed to be used this way in an expression; function: list_append
    SET a = (list_append(:l, :l1))                => a: [1]
  )table");
}

TEST(Functions, HaveAFixedNumberOfOperands) {
  CheckTable(ConditionOutcome, R"table(
    attribute_exists(a, b)     => Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2
    attribute_not_exists(a, b) => Incorrect number of operands for operator or function; operator or function: attribute_not_exists, number of operands: 2
    size(a, b) = c             => Incorrect number of operands for operator or function; operator or function: size, number of operands: 2
    contains(a)                => Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1
    contains(a, b, c)          => Incorrect number of operands for operator or function; operator or function: contains, number of operands: 3
    begins_with(a)             => Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1
    begins_with(a, a, a)       => Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 3
    attribute_type(a)          => Incorrect number of operands for operator or function; operator or function: attribute_type, number of operands: 1
    attribute_type(a, :S, :S)  => Incorrect number of operands for operator or function; operator or function: attribute_type, number of operands: 3
  )table");
}

TEST(Functions, OfUpdatesHaveTwoOperands) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = if_not_exists(b)         => Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1
    SET a = if_not_exists(b, :s, :t) => Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 3
    SET a = list_append(:l)          => Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1
    SET a = list_append(:l, :l, :l)  => Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 3
  )table");
}

TEST(Operands, OfOrderHaveAnOrder) {
  CheckTable(ConditionOutcome, R"table(
    a < :bo               => Incorrect operand type for operator or function; operator or function: <, operand type: BOOL
    a <= :nu              => Incorrect operand type for operator or function; operator or function: <=, operand type: NULL
    a > :l                => Incorrect operand type for operator or function; operator or function: >, operand type: L
    a >= :m               => Incorrect operand type for operator or function; operator or function: >=, operand type: M
    a < :ss               => Incorrect operand type for operator or function; operator or function: <, operand type: SS
    a < :ns               => Incorrect operand type for operator or function; operator or function: <, operand type: NS
    a < :bs               => Incorrect operand type for operator or function; operator or function: <, operand type: BS
    :bo < a               => Incorrect operand type for operator or function; operator or function: <, operand type: BOOL
    n < :bo               => Incorrect operand type for operator or function; operator or function: <, operand type: BOOL
    a < size(:1)          => Incorrect operand type for operator or function; operator or function: size, operand type: N
    a BETWEEN :bo AND :bo => Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL
    a BETWEEN b AND :l    => Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: L
    :bo BETWEEN a AND b   => Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL
    n < :s                => false
    a = :bo               => false
    a IN (:bo, :l)        => false
  )table");
}

TEST(Operands, OfFunctionsHaveFittingTypes) {
  CheckTable(ConditionOutcome, R"table(
    begins_with(a, :1)          => Incorrect operand type for operator or function; operator or function: begins_with, operand type: N
    begins_with(:1, a)          => Incorrect operand type for operator or function; operator or function: begins_with, operand type: N
    begins_with(a, :l)          => Incorrect operand type for operator or function; operator or function: begins_with, operand type: L
    begins_with(size(a), :s)    => Incorrect operand type for operator or function; operator or function: begins_with, operand type: N
    begins_with(a, size(b))     => Incorrect operand type for operator or function; operator or function: begins_with, operand type: N
    size(:1) = a                => Incorrect operand type for operator or function; operator or function: size, operand type: N
    size(:bo) = a               => Incorrect operand type for operator or function; operator or function: size, operand type: BOOL
    size(:nu) = a               => Incorrect operand type for operator or function; operator or function: size, operand type: NULL
    size(size(a)) = b           => Incorrect operand type for operator or function; operator or function: size, operand type: N
    size(:s) = :1               => true
    contains(:1, a)             => false
    contains(a, :l)             => false
    attribute_type(a, :1)       => Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N
    attribute_type(a, :nu)      => Incorrect operand type for operator or function; operator or function: attribute_type, operand type: NULL
    attribute_type(a, size(b))  => Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N
    attribute_type(a, :s)       => Invalid attribute type name found; type: x, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}
    attribute_type(b, a)        => Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {L,SS,HD,S,M,FLOAT,NS,FS,DICT,N,B,NULL,DOUBLESET,DECIMAL,INT,BOOL,DOUBLE,INTSET,BS,DECIMALSET,HDS}
    attribute_type(size(s), :N) => true
  )table");
}

TEST(Operands, OfUpdatesHaveFittingTypes) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = :s + :1                    => Incorrect operand type for operator or function; operator or function: +, operand type: S
    SET a = :1 + :s                    => Incorrect operand type for operator or function; operator or function: +, operand type: S
    SET a = :bo - :1                   => Incorrect operand type for operator or function; operator or function: -, operand type: BOOL
    SET a = list_append(:s, :l)        => Incorrect operand type for operator or function; operator or function: list_append, operand type: S
    SET a = list_append(:l, :s)        => Incorrect operand type for operator or function; operator or function: list_append, operand type: S
    SET a = if_not_exists(b, :1) + :bo => Incorrect operand type for operator or function; operator or function: +, operand type: BOOL
    ADD a :s                           => Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND
    ADD a :b                           => Incorrect operand type for operator or function; operator: ADD, operand type: BINARY, typeSet: ALLOWED_FOR_ADD_OPERAND
    ADD a :l                           => Incorrect operand type for operator or function; operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND
    ADD a :m                           => Incorrect operand type for operator or function; operator: ADD, operand type: MAP, typeSet: ALLOWED_FOR_ADD_OPERAND
    ADD a :bo                          => Incorrect operand type for operator or function; operator: ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND
    ADD a :nu                          => Incorrect operand type for operator or function; operator: ADD, operand type: NULL, typeSet: ALLOWED_FOR_ADD_OPERAND
    DELETE a :s                        => Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_DELETE_OPERAND
    DELETE a :1                        => Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND
    DELETE a :l                        => Incorrect operand type for operator or function; operator: DELETE, operand type: LIST, typeSet: ALLOWED_FOR_DELETE_OPERAND
    DELETE a :m                        => Incorrect operand type for operator or function; operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND
  )table");
}

TEST(Operands, OfSomeFunctionsArePaths) {
  CheckTable(ConditionOutcome, R"table(
    attribute_exists(:s)      => Operator or function requires a document path; operator or function: attribute_exists
    attribute_not_exists(:s)  => Operator or function requires a document path; operator or function: attribute_not_exists
    attribute_exists(size(a)) => Operator or function requires a document path; operator or function: attribute_exists
  )table");
}

TEST(Operands, OfIfNotExistsStartWithAPath) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = if_not_exists(:s, :t)                  => Operator or function requires a document path; operator or function: if_not_exists
    SET a = if_not_exists(if_not_exists(b, c), :t) => Operator or function requires a document path; operator or function: if_not_exists
  )table");
}

TEST(Operands, AreDistinct) {
  CheckTable(ConditionOutcome, R"table(
    a = a                => The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]
    a = #a               => The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]
    a <> a               => The first operand must be distinct from the remaining operands for this operator or function; operator: <>, first operand: [a]
    a.b < a.b            => The first operand must be distinct from the remaining operands for this operator or function; operator: <, first operand: [a, b]
    a[0] = a[0]          => The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, [0]]
    a BETWEEN b AND a    => The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]
    b BETWEEN a AND a    => false
    a IN (b, a)          => The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [a]
    a IN (b, b)          => false
    contains(a, #a)      => The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]
    begins_with(a, a)    => The first operand must be distinct from the remaining operands for this operator or function; operator: begins_with, first operand: [a]
    attribute_type(a, a) => The first operand must be distinct from the remaining operands for this operator or function; operator: attribute_type, first operand: [a]
    size(s) = size(s)    => true
    :s = :s              => true
  )table");
}

TEST(Operands, OfUpdateFunctionsAreDistinctOrNot) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = if_not_exists(b, b) => The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [b]
    SET a = list_append(l, l)   => a: [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    SET a = n + n               => a: 10
  )table");
}

TEST(Operands, OfBetweenStandInOrder) {
  CheckTable(ConditionOutcome, R"table(
    n BETWEEN :2 AND :1   => The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}
    n BETWEEN :1 AND :1   => false
    n BETWEEN :t AND :s   => The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:y}, upper bound operand: AttributeValue: {S:x}
    n BETWEEN :b23 AND :b => The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]}, upper bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}
    n BETWEEN :s AND :1   => The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {S:x}, upper bound operand: AttributeValue: {N:1}
    n BETWEEN :b AND :s   => The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}, upper bound operand: AttributeValue: {S:x}
    n BETWEEN :2 AND s    => false
  )table");
}

TEST(Placeholders, AreDefined) {
  CheckTable(ConditionOutcome, R"table(
    #z = a            => An expression attribute name used in the document path is not defined; attribute name: #z
    a = :z            => An expression attribute value used in expression is not defined; attribute value: :z
    a.#z = :s         => An expression attribute name used in the document path is not defined; attribute name: #z
    #z.#y = a         => An expression attribute name used in the document path is not defined; attribute name: #z
    a = :s AND b = :z => An expression attribute value used in expression is not defined; attribute value: :z
    a.:s2 = b         => An expression attribute name used in the document path is not defined; attribute name: :s2
  )table");
}

TEST(Names, AreNotReserved) {
  CheckTable(ConditionOutcome, R"table(
    data = b     => Attribute name is a reserved keyword; reserved keyword: data
    DATA = b     => Attribute name is a reserved keyword; reserved keyword: DATA
    Data[0] = b  => Attribute name is a reserved keyword; reserved keyword: Data
    a.data = b   => Attribute name is a reserved keyword; reserved keyword: data
    a.b.Data = b => Attribute name is a reserved keyword; reserved keyword: Data
    #d = :s      => false
    true = a     => Attribute name is a reserved keyword; reserved keyword: true
    null = a     => Attribute name is a reserved keyword; reserved keyword: null
  )table");
}

// Parentheses first, then what can be said without the placeholders, then the rest.
TEST(Faults, OfFormComeBeforeFaultsOfPlaceholders) {
  CheckTable(ConditionOutcome, R"table(
    #z = a AND data = b           => Attribute name is a reserved keyword; reserved keyword: data
    a = :z AND foo(b)             => Invalid function name; function: foo
    contains(a) OR size(b)        => The function is not allowed to be used this way in an expression; function: size
    a < :bo OR a[99999999999] = b => List index is not within the allowable range; index: [99999999999]
    a = a OR ((b = c))            => The expression has redundant parentheses;
    data = a AND ((b = c))        => The expression has redundant parentheses;
    foo(a) AND data = b           => Invalid function name; function: foo
    data = a AND foo(b)           => Attribute name is a reserved keyword; reserved keyword: data
    contains(data, foo(a))        => Attribute name is a reserved keyword; reserved keyword: data
    contains(data, a) = b         => The function is not allowed to be used this way in an expression; function: contains
  )table");
}

TEST(Faults, ComeInTheOrderOfTheTextWithinAPass) {
  CheckTable(ConditionOutcome, R"table(
    #z = a AND b = :z            => An expression attribute name used in the document path is not defined; attribute name: #z
    b = :z AND #z = a            => An expression attribute value used in expression is not defined; attribute value: :z
    a = a AND begins_with(:1, a) => The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]
    begins_with(:1, a) AND a = a => Incorrect operand type for operator or function; operator or function: begins_with, operand type: N
    contains(:z)                 => An expression attribute value used in expression is not defined; attribute value: :z
    begins_with(#z, :1)          => An expression attribute name used in the document path is not defined; attribute name: #z
    begins_with(:1, #z)          => An expression attribute name used in the document path is not defined; attribute name: #z
    a BETWEEN a AND :bo          => Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL
    a BETWEEN a AND #z           => An expression attribute name used in the document path is not defined; attribute name: #z
    attribute_exists(:s, a)      => Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2
    size(:1, :1) = a             => Incorrect number of operands for operator or function; operator or function: size, number of operands: 2
  )table");
}

// Paths that are written first, each compared with those behind it; then values.
TEST(Faults, OfUpdatesAreFoundFromTheEnd) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = :z, #z = :s                   => An expression attribute name used in the document path is not defined; attribute name: #z
    SET #z = :s, a = :z                   => An expression attribute name used in the document path is not defined; attribute name: #z
    SET a = :z, b = :y                    => An expression attribute value used in expression is not defined; attribute value: :y
    SET #z = :s, #y = :s                  => An expression attribute name used in the document path is not defined; attribute name: #y
    SET a = if_not_exists(x), b = :s + :1 => Incorrect operand type for operator or function; operator or function: +, operand type: S
    SET a = #z, b = :z                    => An expression attribute value used in expression is not defined; attribute value: :z
    SET q = :z, q = :s                    => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [q], path two: [q]
    SET #z = :s, q = :s, q = :s           => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [q], path two: [q]
    SET q = :s, q = :s, #z = :s           => An expression attribute name used in the document path is not defined; attribute name: #z
    DELETE a :s ADD b :s                  => Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND
    SET b = if_not_exists(x, x) ADD a :z  => An expression attribute value used in expression is not defined; attribute value: :z
  )table");
}

TEST(Paths, DoNotOverlap) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a = :s, a = :t          => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]
    SET a = :s, #a = :t         => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]
    SET a = :s, a.b = :t        => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]
    SET a.b = :s, a = :t        => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]
    SET a.b.c = :s REMOVE a.b   => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b, c], path two: [a, b]
    REMOVE a, a                 => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]
    ADD a :1 SET a = :1         => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]
    SET a[0] = :s, a[0] = :t    => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, [0]]
    SET #dot = :s REMOVE #dot.a => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x.y], path two: [x.y, a]
    SET m.x = :s, m.y = :t      => m: {a: 1, b: {c: "deep"}, l: ["p", "q"], x: "x", y: "y"}
    SET l[0] = :s, l[1] = :t    => l: ["x", "y", 2, 3, 4]
  )table");
}

TEST(Paths, DoNotConflict) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET a.b = :s, a[0] = :t          => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]
    SET a[0] = :s, a.b = :t          => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, b]
    SET a[0].b[1] = :s, a[0][1] = :s => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0], b, [1]], path two: [a, [0], [1]]
    REMOVE a.b, a[0], a              => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a]
    REMOVE a.b.c, a.b[0], a[0]       => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b, [0]], path two: [a, [0]]
  )table");
}

// Not always one that overlaps: it names the first of a hash table.
TEST(Paths, NameTheOtherOneAsTheServiceDoes) {
  CheckTable(UpdateOutcomeOf, R"table(
    REMOVE a, a SET b = :s                         => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [b]
    REMOVE x, a, y, a.b, z                         => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [z]
    REMOVE x, a.b, y, a, z                         => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [z]
    REMOVE x, a[0], y, a.c, a.b, z                 => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, c]
    REMOVE q.a, q.b, q.c, q.b                      => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [q, b], path two: [q, c]
    REMOVE q[1], q[0], q[1], q[2]                  => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [q, [1]], path two: [q, [2]]
    REMOVE a.b, a.b.c, a.b.d                       => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, b, d]
    REMOVE x, x, hello, world, foo1, bar1          => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [bar1]
    REMOVE q[0], q.zebra, q.apple, q.mango, q.kiwi => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [q, [0]], path two: [q, apple]
  )table");
}

TEST(Paths, OfProjectionsDoNotOverlap) {
  CheckTable(ProjectionOutcome, R"table(
    n, n          => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]
    n, #n         => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]
    m, m.a        => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, a]
    m.a, m        => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]
    m.a, m[0]     => Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]
    n, n, #z      => An expression attribute name used in the document path is not defined; attribute name: #z
    #z, n, n      => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]
    a, b, a, c, d => Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [d]
  )table");
}

TEST(Keys, AreScalars) {
  CheckTable(ConditionOutcome, R"table(
    pk.a = :s               => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    attribute_exists(pk[0]) => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    a = pk.x                => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    pk = :s                 => false
  )table");
}

TEST(Keys, AreNotUpdated) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET pk = :s   => One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key
    REMOVE pk     => One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key
    ADD pk :1     => One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key
    DELETE pk :x  => One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key
    SET pk.a = :s => One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key
    SET a = pk    => a: "a"
    SET a = pk.x  => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    SET pk = pk.x => One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key
  )table");
}

TEST(Keys, AreNotUpdatedThePartitionKeyFirst) {
  EXPECT_EQ(UpdateOutcomeOf("SET sk = :1 REMOVE pk"),
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute "
            "is part of the key");
  EXPECT_EQ(UpdateOutcomeOf("ADD sk :1"),
            "One or more parameter values were invalid: Cannot update attribute sk. This attribute "
            "is part of the key");
}

TEST(Names, AreTheDocumentedReservedWordsInAnyCase) {
  // The emulator lets SIZE and CONVERT pass; the documentation lists them.
  EXPECT_EQ(ConditionOutcome("size = :s"),
            "Attribute name is a reserved keyword; reserved keyword: size");
  EXPECT_EQ(ConditionOutcome("Convert = :s"),
            "Attribute name is a reserved keyword; reserved keyword: Convert");
}

}  // namespace
}  // namespace skerry::expression::testing
