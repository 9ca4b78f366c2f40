#include "storage/document/number.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace skerry::document {
namespace {

constexpr char kNotANumber[] = "A value provided cannot be converted into a number";
constexpr char kTooPrecise[] = "DynamoDB only supports precision up to 38 digits";
constexpr char kOverflow[] =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr char kUnderflow[] =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";

const std::string k38Ones(38, '1');
const std::string k38Nines(38, '9');

// A number as it is printed, or the message of its refusal.
std::string Printed(const Result<Number>& number) {
  return number.ok() ? number->ToString() : std::string(number.status().message());
}
std::string Reprinted(std::string_view text) { return Printed(Number::Parse(text)); }
Number N(std::string_view text) { return Number::Parse(text).value(); }

TEST(NumberTest, PrintsAsTheServiceDoes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"0", "0"},
      {"-0", "0"},
      {"0.0", "0"},
      {"00", "0"},
      {"-0.00", "0"},
      {"0e10000", "0"},
      {"0e-10000", "0"},
      {"0e2147483647", "0"},
      {"1", "1"},
      {"01", "1"},
      {"+1", "1"},
      {"1.", "1"},
      {"1.0", "1"},
      {".5", "0.5"},
      {"-.5", "-0.5"},
      {"1.50", "1.5"},
      {"100", "100"},
      {"1e2", "100"},
      {"1E2", "100"},
      {"1E+2", "100"},
      {"1e-2", "0.01"},
      {"1e02", "100"},
      {"1.e5", "100000"},
      {"1e0000000000000001", "10"},
      {"1e-0", "1"},
      {"123E20", "12300000000000000000000"},
      {"1.2e40", "12" + std::string(39, '0')},
      {"1.5E-7", "0.00000015"},
      {"12.5", "12.5"},
      {"-123.456", "-123.456"},
      {"1e125", "1" + std::string(125, '0')},
      {"10e124", "1" + std::string(125, '0')},
      {"-9.9999999999999999999999999999999999999E+125", "-" + k38Nines + std::string(88, '0')},
      {"1e-130", "0." + std::string(129, '0') + "1"},
      {"0.1e-129", "0." + std::string(129, '0') + "1"},
      {"-1.5e-130", "-0." + std::string(129, '0') + "15"},
      {k38Ones, k38Ones},
      {"-" + k38Nines, "-" + k38Nines},
      {k38Ones + "0", k38Ones + "0"},
      {"0.0" + k38Ones, "0.0" + k38Ones},
      {"1." + std::string(37, '1') + "0", "1." + std::string(37, '1')},
      {std::string(10000, '0'), "0"},
      {std::string(100, '0') + "1", "1"},
      {"18446744073709551616", "18446744073709551616"},
      {"100000000000000000000000000000000000010", "100000000000000000000000000000000000010"}};
  for (const auto& [text, printed] : cases) EXPECT_EQ(Reprinted(text), printed) << text;
}

TEST(NumberTest, RefusesWhatIsNoNumber) {
  for (const char* text : {"",
                           " ",
                           " 1",
                           "1 ",
                           "1 1",
                           "abc",
                           "1a",
                           "0x10",
                           "1e",
                           "e1",
                           "1e1.5",
                           "--1",
                           "+-1",
                           "1_000",
                           "1,000",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "1d",
                           "1f",
                           "1L",
                           "+",
                           "-",
                           ".",
                           "-.",
                           "1..",
                           "1.2.3",
                           "1e+",
                           "1e+-1",
                           "1\t",
                           "\n1",
                           ".e5",
                           "-.e1",
                           "1e126x",
                           "1e99999999999",
                           "1e2147483648",
                           "1e-2147483648",
                           "0e2147483648",
                           "0.00e-2147483647",
                           "\xff",
                           "1\xd9",
                           "\xe2\x82\xac"}) {
    EXPECT_EQ(Reprinted(text), kNotANumber) << text;
  }
  EXPECT_EQ(Reprinted(std::string_view("1\0", 2)), kNotANumber);
  EXPECT_EQ(Reprinted(std::string(39, '1') + "x"), kNotANumber);
}

TEST(NumberTest, RefusesMoreThan38SignificantDigits) {
  const std::string ones39(39, '1');
  for (const std::string& text :
       {ones39, "0." + ones39, "1." + std::string(38, '1'), "1" + std::string(37, '0') + "1",
        "9." + std::string(38, '9') + "E125", k38Ones + ".9", std::string(10000, '1'),
        ones39 + "e200", ones39 + "e-400"}) {
    EXPECT_EQ(Reprinted(text), kTooPrecise) << text;
  }
}

TEST(NumberTest, RefusesMagnitudesOutsideTheRange) {
  for (const std::string& text :
       {std::string("1e126"), std::string("-1e126"), std::string("10e125"), std::string("1e10000"),
        "1" + std::string(126, '0'), std::string("1e2147483647")}) {
    EXPECT_EQ(Reprinted(text), kOverflow) << text;
  }
  for (const std::string& text :
       {std::string("1e-131"), std::string("0.1e-130"), std::string("-1e-131"),
        "0." + std::string(130, '0') + "1", k38Ones + "e-168", std::string("1e-2147483647")}) {
    EXPECT_EQ(Reprinted(text), kUnderflow) << text;
  }
}

TEST(NumberTest, TakesDigitsOfOtherScripts) {
  EXPECT_EQ(Reprinted("\xd9\xa1"), "1");            // Arabic-Indic
  EXPECT_EQ(Reprinted("-\xef\xbc\x91.5"), "-1.5");  // full width
}

TEST(NumberTest, CanonicalTextIsThePrintedOneAlone) {
  for (const char* text : {"0", "1", "-1", "10", "1.5", "0.01", "-0.5", "123456789012345678901"}) {
    Number number;
    ASSERT_TRUE(Number::ParseCanonical(text, &number)) << text;
    EXPECT_EQ(number, N(text));
  }
  for (const char* text :
       {"", "-", "-0", "00", "01", "+1", "1.", "1.0", ".5", "1e2", "0.10", " 1"}) {
    Number number;
    EXPECT_FALSE(Number::ParseCanonical(text, &number)) << text;
  }
}

TEST(NumberTest, OrdersByValue) {
  const std::vector<std::string> ascending = {"-9e125",
                                              "-1e125",
                                              "-100.5",
                                              "-100",
                                              "-99.9",
                                              "-10",
                                              "-2",
                                              "-1",
                                              "-0.5",
                                              "-0.05",
                                              "-1e-129",
                                              "-1.5e-130",
                                              "-1e-130",
                                              "0",
                                              "1e-130",
                                              "1.5e-130",
                                              "0.05",
                                              "0.5",
                                              "0.51",
                                              "1",
                                              "1.5",
                                              "2",
                                              "9.99",
                                              "10",
                                              "10.01",
                                              "99",
                                              "100",
                                              "100.1",
                                              "12345678901234567890",
                                              k38Ones,
                                              "1e125"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(N(ascending[i]) <=> N(ascending[j]), i <=> j)
          << ascending[i] << " " << ascending[j];
    }
  }
}

TEST(NumberTest, AddsAndSubtractsExactly) {
  const auto sum = [](std::string_view a, std::string_view b) {
    return Printed(Number::Add(N(a), N(b)));
  };
  const auto difference = [](std::string_view a, std::string_view b) {
    return Printed(Number::Subtract(N(a), N(b)));
  };
  EXPECT_EQ(sum("1", "2"), "3");
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("-5", "5"), "0");
  EXPECT_EQ(sum("0", "-7"), "-7");
  EXPECT_EQ(sum(k38Nines, "1"), "1" + std::string(38, '0'));
  EXPECT_EQ(sum(k38Nines, "2"), kTooPrecise);
  EXPECT_EQ(sum("1e38", "1"), kTooPrecise);
  EXPECT_EQ(sum("1e125", "1e-130"), kTooPrecise);
  EXPECT_EQ(sum("9e125", "1e125"), kOverflow);
  EXPECT_EQ(sum("5e125", "5e125"), kOverflow);
  EXPECT_EQ(sum(k38Nines + "e88", k38Nines + "e88"), kTooPrecise);
  EXPECT_EQ(sum(k38Nines + "e88", "1e88"), kOverflow);
  EXPECT_EQ(sum(k38Nines + "e88", "1e87"), kTooPrecise);
  EXPECT_EQ(difference("1", "0.1"), "0.9");
  EXPECT_EQ(difference("1e38", "1"), k38Nines);
  EXPECT_EQ(difference("1e39", "1"), kTooPrecise);
  EXPECT_EQ(difference("-9e125", "1e125"), kOverflow);
  EXPECT_EQ(difference("1.1e-130", "1e-130"), kUnderflow);
  EXPECT_EQ(difference("1e-130", "1e-130"), "0");
  EXPECT_EQ(difference("0", "5"), "-5");
}

TEST(NumberTest, ComesFromIntegers) {
  EXPECT_EQ(Number::FromInt(0), Number());
  EXPECT_EQ(Number::FromInt(-1200), N("-1200"));
  EXPECT_EQ(Number::FromInt(INT64_MIN).ToString(), "-9223372036854775808");
  EXPECT_EQ(Number::FromInt(INT64_MAX), N("9223372036854775807"));
}

}  // namespace
}  // namespace skerry::document
