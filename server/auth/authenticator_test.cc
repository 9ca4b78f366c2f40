#include "server/auth/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "server/auth/canonical_request.h"

namespace skerry::auth {
namespace {

using api::ErrorType;
using testing::HasSubstr;
using testing::StartsWith;

// 2026-01-02T03:04:05Z, when testdata/make_botocore_requests.py signs.
constexpr std::chrono::seconds kNow{1767323045};

class FixedClock final : public Clock {
 public:
  MonotonicTime Now() const override { return MonotonicTime(); }
  std::chrono::microseconds WallTime() const override { return time; }
  std::chrono::microseconds time = kNow;
};

// A request and the text that its views point into.
class OwnedRequest {
 public:
  explicit OwnedRequest(std::string text) : text_(std::make_unique<std::string>(std::move(text))) {
    std::string_view rest = *text_;
    const auto line = [&rest] {
      const std::string_view taken = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(taken.size() + 2);
      return taken;
    };
    const std::string_view first = line();
    const size_t space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    for (std::string_view header = line(); !header.empty(); header = line()) {
      const size_t colon = header.find(':');
      request.headers.push_back({header.substr(0, colon), header.substr(colon + 2)});
    }
    request.body = request.raw_body = rest;
  }
  HttpRequest request;

 private:
  std::unique_ptr<std::string> text_;
};

std::map<std::string, std::string> ReadVectors() {
  std::ifstream file(SKERRY_BOTOCORE_REQUESTS, std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::map<std::string, std::string> vectors;
  for (size_t at = 0; at < all.size();) {
    const size_t line_end = all.find('\n', at);
    std::istringstream line(all.substr(at + 1, line_end - at - 1));
    std::string name;
    size_t size = 0;
    line >> name >> size;
    vectors[name] = all.substr(line_end + 1, size);
    at = line_end + 1 + size + 1;
  }
  return vectors;
}

class AuthenticatorTest : public testing::Test {
 protected:
  static AuthenticatorOptions Required() {
    AuthenticatorOptions options;
    options.required = true;
    options.keys = {
        {.id = "AKIDPLAIN", .secret = "plain/secret+key", .account = "111122223333"},
        {.id = "ASIASESSION",
         .secret = "session-secret",
         .account = "444455556666",
         .session_token = "the/session+token==",
         .expires = kNow + std::chrono::hours(1)},
    };
    return options;
  }

  api::Outcome<api::Identity> Ask(const std::string& text,
                                  AuthenticatorOptions options = Required()) {
    auto authenticator = SignatureAuthenticator::Make(std::move(options), clock_);
    EXPECT_TRUE(authenticator.ok()) << authenticator.status().ToString();
    const OwnedRequest owned(text);
    // Twice: the second time with the signing key remembered.
    (*authenticator)->Authenticate(owned.request).ok();
    return (*authenticator)->Authenticate(owned.request);
  }

  void ExpectError(const std::string& text, ErrorType type, const std::string& message,
                   AuthenticatorOptions options = Required()) {
    const auto outcome = Ask(text, std::move(options));
    ASSERT_FALSE(outcome.ok()) << text;
    EXPECT_EQ(outcome.error().type, type) << outcome.error().message;
    EXPECT_EQ(outcome.error().message, message);
  }

  std::string Vector(const std::string& name) {
    EXPECT_TRUE(vectors_.contains(name)) << name;
    return vectors_[name];
  }
  // The vector with its one `from` replaced.
  std::string Changed(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = Vector(name);
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }

  FixedClock clock_;
  std::map<std::string, std::string> vectors_ = ReadVectors();
};

TEST_F(AuthenticatorTest, AcceptsWhatBotocoreSigns) {
  ASSERT_GE(vectors_.size(), 12u);
  for (const auto& [name, text] : vectors_) {
    const auto outcome = Ask(text);
    ASSERT_TRUE(outcome.ok()) << name << ": " << outcome.error().message;
    EXPECT_EQ(outcome->access_key_id,
              name.find("session") == std::string::npos ? "AKIDPLAIN" : "ASIASESSION");
    EXPECT_EQ(outcome->account, "000000000000");
  }
}

// Whatever byte of a signed request changes, the request is refused.
TEST_F(AuthenticatorTest, RefusesEveryChangeOfWhatIsSigned) {
  for (const std::string name : {"header", "session_token", "presigned", "odd_query"}) {
    const std::string text = Vector(name);
    const size_t length_at = text.find("Content-Length");
    for (size_t i = 0; i < text.size(); ++i) {
      const bool framing = text[i] == '\r' || text[i] == '\n' || text[i] == ':' || text[i] == ' ';
      if (framing || (i >= length_at && i < text.find("\r\n\r\n"))) continue;
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      if (changed[i] == '\r' || changed[i] == '\n' || changed[i] == ' ') continue;
      if (text[i] == '/' && changed[i] == '.') continue;  // may mean the same path
      const size_t line_start = text.rfind('\n', i) + 1;
      const bool version = i > text.find(" HTTP/1.1") && i < text.find("\r\n");
      if (version || changed.substr(line_start).find(": ") == std::string::npos) continue;
      EXPECT_FALSE(Ask(changed).ok()) << name << " at " << i << "\n" << changed;
    }
    EXPECT_FALSE(Ask(text + " ").ok());
  }
}

TEST_F(AuthenticatorTest, UnsignedPayloadMayBeAnything) {
  EXPECT_TRUE(Ask(Vector("unsigned_payload") + "more").ok());
}

TEST_F(AuthenticatorTest, MismatchTellsWhatShouldHaveBeenSigned) {
  ExpectError(
      Changed("header", "{}", "[]"), ErrorType::kInvalidSignature,
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for "
      "details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\n"
      "content-type:application/x-amz-json-1.0\nhost:localhost:8000\nx-amz-date:20260102T030405Z\n"
      "x-amz-target:DynamoDB_20120810.GetItem\n\ncontent-type;host;x-amz-date;x-amz-target\n" +
          HexSha256("[]") +
          "'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260102T030405Z\n"
          "20260102/us-east-1/dynamodb/aws4_request\n" +
          HexSha256("POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:localhost:8000\n"
                    "x-amz-date:20260102T030405Z\nx-amz-target:DynamoDB_20120810.GetItem\n\n"
                    "content-type;host;x-amz-date;x-amz-target\n" +
                    HexSha256("[]")) +
          "'\n");
}

TEST_F(AuthenticatorTest, RequestsWithoutASignatureAreRefused) {
  const std::string bare = "POST / HTTP/1.1\r\nHost: h\r\n\r\n";
  ExpectError(bare, ErrorType::kMissingAuthenticationToken,
              "Request is missing Authentication Token");
  ExpectError(bare, ErrorType::kMissingAuthenticationToken,
              "Request must contain either a valid (registered) AWS access key ID or X.509 "
              "certificate.",
              AuthenticatorOptions());
}

TEST_F(AuthenticatorTest, IncompleteSignaturesNameWhatIsMissing) {
  const auto with = [](const std::string& authorization, const std::string& more = "") {
    return "POST / HTTP/1.1\r\nHost: h\r\nAuthorization: " + authorization + "\r\n" + more + "\r\n";
  };
  ExpectError(with("x"), ErrorType::kIncompleteSignature,
              "Authorization header requires 'Credential' parameter. Authorization header requires "
              "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
              "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
              "header. Authorization=x");
  ExpectError(with("AWS4-HMAC-SHA256 Credential=x/20150320/168/192/aws4_request",
                   "X-Amz-Date: 20260102T030405Z\r\n"),
              ErrorType::kIncompleteSignature,
              "Authorization header requires 'Signature' parameter. Authorization header requires "
              "'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 "
              "Credential=x/20150320/168/192/aws4_request");
  ExpectError(with("Bearer token"), ErrorType::kIncompleteSignature,
              "'token' not a valid key=value pair (missing equal-sign) in Authorization header: "
              "'Bearer token'.");
  ExpectError(Changed("header", "/us-east-1", ""), ErrorType::kIncompleteSignature,
              "Credential must have exactly 5 slash-delimited elements, e.g. "
              "keyid/date/region/service/term, got 'AKIDPLAIN/20260102/dynamodb/aws4_request'");
  ExpectError(Changed("header", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
              ErrorType::kIncompleteSignature, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'. ");
  ExpectError("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=d HTTP/1.1\r\nHost: h\r\n\r\n",
              ErrorType::kIncompleteSignature,
              "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string "
              "parameters must include 'X-Amz-Signature'. AWS query-string parameters must include "
              "'X-Amz-SignedHeaders'. Re-examine the query-string parameters.");
}

TEST_F(AuthenticatorTest, ScopeMustFit) {
  AuthenticatorOptions options = Required();
  options.service = "lambda";
  options.region = "eu-west-1";
  ExpectError(Vector("header"), ErrorType::kInvalidSignature,
              "Credential should be scoped to a valid region, not 'us-east-1'. Credential should "
              "be scoped to correct service: 'lambda'. ",
              options);
  ExpectError(Changed("header", "AKIDPLAIN/20260102", "AKIDPLAIN/20260101"),
              ErrorType::kInvalidSignature,
              "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
              "HTTP: '20260101' != '20260102', from '20260102T030405Z'.");
}

TEST_F(AuthenticatorTest, HostAndOperationMustBeSigned) {
  ExpectError(Changed("header", "content-type;host;", "content-type;"),
              ErrorType::kInvalidSignature,
              "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  ExpectError(Changed("header", ";x-amz-target", ""), ErrorType::kInvalidSignature,
              "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST_F(AuthenticatorTest, ClocksMayDifferBy15Minutes) {
  clock_.time = kNow + std::chrono::minutes(15);
  EXPECT_TRUE(Ask(Vector("header")).ok());
  clock_.time += std::chrono::seconds(1);
  ExpectError(Vector("header"), ErrorType::kInvalidSignature,
              "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z "
              "(20260102T031906Z - 15 min.)");
  clock_.time = kNow - std::chrono::minutes(15);
  EXPECT_TRUE(Ask(Vector("header")).ok());
  clock_.time -= std::chrono::seconds(1);
  ExpectError(Vector("header"), ErrorType::kInvalidSignature,
              "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z "
              "(20260102T024904Z + 15 min.)");
}

TEST_F(AuthenticatorTest, PresignedRequestsExpireWhenTheySay) {
  clock_.time = kNow + std::chrono::seconds(60);
  EXPECT_TRUE(Ask(Vector("presigned_get")).ok());
  clock_.time += std::chrono::seconds(1);
  ExpectError(Vector("presigned_get"), ErrorType::kInvalidSignature,
              "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z "
              "(20260102T030506Z - 1 min.)");
  EXPECT_FALSE(Ask(Changed("presigned_get", "Expires=60", "Expires=604801")).ok());
}

TEST_F(AuthenticatorTest, KeysAndTokensMustBeKnown) {
  const std::string invalid = "The security token included in the request is invalid.";
  ExpectError(Changed("header", "AKIDPLAIN", "AKIDOTHER"), ErrorType::kUnrecognizedClient, invalid);
  ExpectError(Changed("session_token", "the/session", "another"), ErrorType::kUnrecognizedClient,
              invalid);
  ExpectError(Changed("header", "Host:", "X-Amz-Security-Token: t\r\nHost:"),
              ErrorType::kUnrecognizedClient, invalid);
  AuthenticatorOptions options = Required();
  options.keys[1].expires = kNow;
  ExpectError(Vector("session_token"), ErrorType::kExpiredToken,
              "The security token included in the request is expired", options);
}

TEST_F(AuthenticatorTest, SeparateAccountsComeFromTheKey) {
  AuthenticatorOptions options = Required();
  options.separate_accounts = true;
  EXPECT_EQ(Ask(Vector("header"), options)->account, "111122223333");
  EXPECT_EQ(Ask(Vector("presigned_session"), options)->account, "444455556666");

  options.required = false;
  const auto account_of = [&](const std::string& id) {
    return Ask(Changed("header", "AKIDPLAIN", id), options)->account;
  };
  EXPECT_EQ(account_of("AKIDPLAIN"), "111122223333");
  EXPECT_EQ(account_of("123456789012"), "123456789012");
  EXPECT_EQ(account_of("foo").size(), 12u);
  EXPECT_EQ(account_of("foo"), account_of("foo"));
  EXPECT_NE(account_of("foo"), account_of("bar"));
}

TEST_F(AuthenticatorTest, AnyCredentialsDoWhenNoneAreRequired) {
  const auto outcome =
      Ask("POST / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a_b-c/x\r\n\r\n",
          AuthenticatorOptions());
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->access_key_id, "a_b-c");
  EXPECT_EQ(outcome->account, "000000000000");
  EXPECT_TRUE(Ask(Vector("presigned"), AuthenticatorOptions()).ok());
}

TEST_F(AuthenticatorTest, ConfigurationIsChecked) {
  const auto fault = [&](std::vector<AccessKey> keys) {
    AuthenticatorOptions options;
    options.required = true;
    options.keys = std::move(keys);
    const auto made = SignatureAuthenticator::Make(std::move(options), clock_);
    return made.ok() ? std::string() : std::string(made.status().message());
  };
  EXPECT_THAT(fault({}), HasSubstr("no access keys"));
  EXPECT_THAT(fault({{.id = "a/b", .secret = "s"}}), HasSubstr("a/b"));
  EXPECT_THAT(fault({{.id = "a", .secret = ""}}), HasSubstr("no secret"));
  EXPECT_THAT(fault({{.id = "a", .secret = "s", .account = "12"}}), HasSubstr("twelve"));
  EXPECT_THAT(fault({{.id = "a", .secret = "s"}, {.id = "a", .secret = "t"}}), HasSubstr("twice"));
  EXPECT_EQ(fault({{.id = "a", .secret = "s"}}), "");
}

// Values that AWS publishes with the description of the signature (IAM User Guide).
TEST(SignatureV4Test, SigningKeyIsAsPublished) {
  EXPECT_EQ(
      Hex(SigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam")),
      "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

TEST(SignatureV4Test, HeaderFormIsAsPublished) {
  const OwnedRequest owned(
      "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: iam.amazonaws.com\r\n"
      "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
      "X-Amz-Date: 20150830T123600Z\r\nAuthorization: AWS4-HMAC-SHA256 "
      "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date, "
      "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\r\n\r\n");
  const auto signature = ParseSignature(owned.request);
  ASSERT_TRUE(signature.ok());
  const std::string canonical =
      CanonicalRequest(owned.request, signature->signed_headers, HexSha256(""));
  EXPECT_EQ(HexSha256(canonical),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  const auto key =
      SigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam");
  EXPECT_EQ(Hex(HmacSha256(AsBytes(key), StringToSign(*signature, canonical))),
            signature->signature);
}

// The example of a signed, chunked upload (Amazon S3 API Reference): 66,560 times 'a'.
TEST(SignatureV4Test, ChunksAreAsPublished) {
  Signature signature;
  signature.algorithm = kAlgorithm;
  signature.date = "20130524T000000Z";
  signature.scope_date = "20130524";
  signature.region = "us-east-1";
  signature.service = "s3";
  signature.terminator = kTerminator;
  signature.signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  const auto key =
      SigningKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3");
  const std::string body =
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
      std::string(65536, 'a') +
      "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
      "\r\n" +
      std::string(1024, 'a') +
      "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
      "\r\n\r\n";
  EXPECT_TRUE(VerifyChunks(body, signature, key));
  std::string changed = body;
  changed[200] = 'b';
  EXPECT_FALSE(VerifyChunks(changed, signature, key));
  EXPECT_FALSE(VerifyChunks(body.substr(0, body.size() - 2), signature, key));
  EXPECT_FALSE(VerifyChunks(body.substr(0, 65536 + 87 + 2), signature, key));  // the end cut off
  EXPECT_FALSE(VerifyChunks(body + "x", signature, key));
}

TEST(SignatureV4Test, TimesRoundTrip) {
  EXPECT_EQ(FormatBasicTime(kNow), "20260102T030405Z");
  EXPECT_EQ(ParseBasicTime("20260102T030405Z"), kNow);
  for (const char* bad : {"", "20260102T030405", "20261302T030405Z", "20260230T030405Z",
                          "20260102T250405Z", "2026-01-02T03:04Z", "20260102 030405Z"}) {
    EXPECT_FALSE(ParseBasicTime(bad).has_value()) << bad;
  }
}

TEST(CanonicalRequestTest, PathsAreNormalised) {
  EXPECT_EQ(CanonicalUri("/"), "/");
  EXPECT_EQ(CanonicalUri(""), "/");
  EXPECT_EQ(CanonicalUri("/a/./b/../c//d/"), "/a/c/d/");
  EXPECT_EQ(CanonicalUri("/../.."), "/");
  EXPECT_EQ(CanonicalUri("/a%20b/~"), "/a%2520b/~");
}

TEST(CanonicalRequestTest, QueriesAreSortedAndEncoded) {
  EXPECT_EQ(CanonicalQuery("b=2&a=1&B=3&a=0"), "B=3&a=0&a=1&b=2");
  EXPECT_EQ(CanonicalQuery("x&y=&%7e=/"), "x=&y=&~=%2F");
  EXPECT_EQ(CanonicalQuery("a=%e2%82%ac&X-Amz-Signature=f"), "a=%E2%82%AC");
  EXPECT_EQ(CanonicalQuery(""), "");
}

}  // namespace
}  // namespace skerry::auth
