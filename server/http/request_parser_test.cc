#include "server/http/request_parser.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"

namespace skerry::http {
namespace {

using Progress = RequestParser::Progress;

// All that a parser says of the bytes, as text, so that two runs can be compared.
std::string Describe(const RequestParser& parser, Progress progress, const std::string& buffer) {
  if (progress == Progress::kNeedMore) return "more";
  if (progress == Progress::kError) {
    return "error " + std::to_string(parser.error_status()) + " " +
           std::string(parser.error_reason());
  }
  HttpRequest request;
  parser.Fill(buffer.data(), &request);
  std::string text = std::string(request.method) + "|" + std::string(request.target) + "\n";
  for (const HttpHeader& header : request.headers) {
    text += std::string(header.name) + "=" + std::string(header.value) + "\n";
  }
  text += parser.keep_alive() ? "keep" : "close";
  return text + "\n" + std::string(request.body);
}

// Feeds `bytes` in pieces that end at `cuts`; describes each request in turn.
std::vector<std::string> ParseAll(std::string_view bytes, const std::vector<size_t>& cuts,
                                  const ParserLimits& limits = {}) {
  std::vector<std::string> seen;
  RequestParser parser(limits);
  std::string buffer;
  size_t from = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t to = i < cuts.size() ? cuts[i] : bytes.size();
    buffer.append(bytes.substr(from, to - from));
    from = to;
    while (!buffer.empty()) {
      size_t size = buffer.size();
      // A buffer of exactly that size at another address: an overrun or a kept pointer shows.
      const std::unique_ptr<char[]> exact(new char[size]);
      std::memcpy(exact.get(), buffer.data(), size);
      const Progress progress = parser.Parse(exact.get(), &size);
      buffer.assign(exact.get(), size);
      if (progress == Progress::kNeedMore) break;
      seen.push_back(Describe(parser, progress, buffer));
      if (progress == Progress::kError) return seen;
      buffer.erase(0, parser.consumed());
      parser.Reset();
    }
  }
  if (!buffer.empty()) seen.push_back("rest");
  return seen;
}

std::string One(std::string_view bytes, const ParserLimits& limits = {}) {
  const std::vector<std::string> seen = ParseAll(bytes, {}, limits);
  return seen.empty() ? "nothing" : seen.front();
}

int ErrorOf(std::string_view bytes, const ParserLimits& limits = {}) {
  RequestParser parser(limits);
  std::string buffer(bytes);
  size_t size = buffer.size();
  return parser.Parse(buffer.data(), &size) == Progress::kError ? parser.error_status() : 0;
}

std::string WithHeader(std::string_view line) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(RequestParserTest, ReadsARequestWithABody) {
  EXPECT_EQ(One("POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Y:  v w \t\r\nContent-Length: 3\r\n\r\nabc"),
            "POST|/a?b=c\nHost=h\nX-Y=v w\nContent-Length=3\nkeep\nabc");
}

TEST(RequestParserTest, LengthlessRequestHasNoBody) {
  EXPECT_EQ(One("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "GET|/\nHost=\nkeep\n");
}

TEST(RequestParserTest, SeveralRequestsFollowEachOther) {
  const auto seen = ParseAll(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
      "\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n",
      {});
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0], "GET|/1\nHost=h\nkeep\n");
  EXPECT_EQ(seen[1], "POST|/2\nHost=h\nTransfer-Encoding=chunked\nkeep\nabc0123456789");
  EXPECT_EQ(seen[2], "GET|/3\nHost=h\nConnection=x, Close\nclose\n");
}

TEST(RequestParserTest, Http10ClosesUnlessAskedToStay) {
  EXPECT_EQ(One("GET / HTTP/1.0\r\n\r\n"), "GET|/\nclose\n");
  EXPECT_EQ(One("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
            "GET|/\nConnection=Keep-Alive\nkeep\n");
}

TEST(RequestParserTest, AbsoluteTargetIsCutToItsPath) {
  EXPECT_EQ(One("GET http://h:1/p?q=http://x/ HTTP/1.1\r\nHost: h\r\n\r\n"),
            "GET|/p?q=http://x/\nHost=h\nkeep\n");
  EXPECT_EQ(One("GET /p?u=http://x/ HTTP/1.1\r\nHost: h\r\n\r\n"),
            "GET|/p?u=http://x/\nHost=h\nkeep\n");
  EXPECT_EQ(ErrorOf("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

TEST(RequestParserTest, MalformedRequestLinesAreRefused) {
  for (const char* line :
       {"GET", "GET /", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET  / HTTP/1.1",
        "GET / /x HTTP/1.1", "G@T / HTTP/1.1", "GET /\x80 HTTP/1.1", "GET / http/1.1",
        "GET / HTTP/1", "GET / HTTP/11.1", "GET /\tHTTP/1.1", "GET HTTP/1.1", "GET . HTTP/1.1",
        "CONNECT h:1 HTTP/1.1", "\x01", "GET /\x7f HTTP/1.1"}) {
    EXPECT_EQ(ErrorOf(std::string(line) + "\r\nHost: h\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(ErrorOf("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(ErrorOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
}

// RFC 9112, 11.2: whatever two parties could read differently is refused.
TEST(RequestParserTest, AmbiguousFramingIsRefused) {
  for (const char* line : {"Content-Length: 1\r\nContent-Length: 1",
                           "Content-Length: 1, 1",
                           "Content-Length: +1",
                           "Content-Length: -1",
                           "Content-Length: 0x1",
                           "Content-Length: 1 1",
                           "Content-Length:",
                           "Content-Length: 1;",
                           "Content-Length: 1\r\nTransfer-Encoding: chunked",
                           "Transfer-Encoding: chunked\r\nContent-Length: 1",
                           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                           "Content-Length : 1",
                           "Content-Length\t: 1",
                           " folded",
                           "\tfolded",
                           "X: a\r\n b",
                           "X: a\nY: b",
                           "X: a\rY: b",
                           "X: a\x01",
                           ": v",
                           "no colon",
                           "X Y: v",
                           "X: \x7f",
                           "Host: again",
                           "X\x80: v"}) {
    EXPECT_EQ(ErrorOf(WithHeader(line)), 400) << line;
  }
  EXPECT_EQ(ErrorOf(WithHeader(std::string_view("X: a\0b", 6))), 400);
  for (const char* line :
       {"Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding:"}) {
    EXPECT_EQ(ErrorOf(WithHeader(line)), 501) << line;
  }
  EXPECT_EQ(ErrorOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(ErrorOf("GET / HTTP/1.1\nHost: h\n\n"), 400);
}

TEST(RequestParserTest, HeaderValuesMayHoldAnyTextBytes) {
  EXPECT_EQ(One(WithHeader("X: \xc3\xa4\t~ :;\"")), "POST|/\nHost=h\nX=\xc3\xa4\t~ :;\"\nkeep\n");
}

TEST(RequestParserTest, MalformedChunksAreRefused) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"\r\n", "x\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "-1\r\n", "0x1\r\na\r\n",
                           "1\na\r\n", "1\r\nab\r\n", "1\r\na\n", "1;\n\r\n",
                           "0\r\nbad trailer\r\n", "0\r\n folded: x\r\n", "1;a\x01\r\n"}) {
    EXPECT_EQ(ErrorOf(head + body), 400) << body;
  }
  EXPECT_EQ(ErrorOf(head + "FFFFFFFFFFFFFFFF\r\n"), 413);
  EXPECT_EQ(ErrorOf(head + "10000000000000000000000000000000001\r\n"), 413);
  EXPECT_EQ(ErrorOf(head + "1;" + std::string(2000, 'x') + "\r\n"), 400);
}

TEST(RequestParserTest, LimitsAreExact) {
  ParserLimits limits;
  limits.head_bytes = 64;
  limits.header_count = 3;
  limits.body_bytes = 10;
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  const auto of_size = [&](size_t size) {
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(ErrorOf(of_size(64), limits), 0);
  EXPECT_EQ(ErrorOf(of_size(65), limits), 431);
  EXPECT_EQ(ErrorOf("GET /" + std::string(64, 'x'), limits), 414);
  EXPECT_EQ(ErrorOf(WithHeader("A: 1\r\nB: 2"), limits), 0);
  EXPECT_EQ(ErrorOf(WithHeader("A: 1\r\nB: 2\r\nC: 3"), limits), 431);
  EXPECT_EQ(ErrorOf(WithHeader("Content-Length: 10"), limits), 0);
  EXPECT_EQ(ErrorOf(WithHeader("Content-Length: 11"), limits), 413);
  const std::string chunked = WithHeader("Transfer-Encoding: chunked");
  limits.head_bytes = 200;
  EXPECT_EQ(ErrorOf(WithHeader("Content-Length: 99999999999999999999999999"), limits), 413);
  EXPECT_EQ(ErrorOf(chunked + "6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n", limits), 0);
  EXPECT_EQ(ErrorOf(chunked + "6\r\n012345\r\n5\r\n", limits), 413);
}

TEST(RequestParserTest, TooLargeABodyStillTellsTheHead) {
  ParserLimits limits;
  limits.body_bytes = 1;
  RequestParser parser(limits);
  std::string buffer = WithHeader("Content-Length: 2");
  size_t size = buffer.size();
  ASSERT_EQ(parser.Parse(buffer.data(), &size), Progress::kError);
  ASSERT_TRUE(parser.head_complete());
  HttpRequest request;
  parser.Fill(buffer.data(), &request);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.Header("content-length"), "2");
  EXPECT_TRUE(request.body.empty());
}

TEST(RequestParserTest, ExpectationIsSeenWhileTheBodyIsMissing) {
  RequestParser parser{ParserLimits()};
  std::string buffer = WithHeader("Expect: 100-Continue\r\nContent-Length: 2");
  size_t size = buffer.size();
  ASSERT_EQ(parser.Parse(buffer.data(), &size), Progress::kNeedMore);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.bytes_wanted(), buffer.size() + 2);
  EXPECT_EQ(ErrorOf(WithHeader("Expect: miracles")), 417);
}

TEST(RequestParserTest, ContentCodingsAreTold) {
  const auto coding = [](std::string_view line) {
    RequestParser parser{ParserLimits()};
    std::string buffer = WithHeader(line);
    size_t size = buffer.size();
    EXPECT_EQ(parser.Parse(buffer.data(), &size), Progress::kComplete);
    return parser.content_coding();
  };
  EXPECT_EQ(coding("X: y"), ContentCoding::kIdentity);
  EXPECT_EQ(coding("Content-Encoding: GZip"), ContentCoding::kGzip);
  EXPECT_EQ(coding("Content-Encoding: deflate"), ContentCoding::kDeflate);
  EXPECT_EQ(coding("Content-Encoding: aws-chunked"), ContentCoding::kIdentity);
  EXPECT_EQ(coding("Content-Encoding: br"), ContentCoding::kUnknown);
  EXPECT_EQ(coding("Content-Encoding: gzip, gzip"), ContentCoding::kUnknown);
}

TEST(RequestParserTest, AcceptedGzipIsTold) {
  const auto accepts = [](std::string_view line) {
    RequestParser parser{ParserLimits()};
    std::string buffer = WithHeader(line);
    size_t size = buffer.size();
    EXPECT_EQ(parser.Parse(buffer.data(), &size), Progress::kComplete);
    return parser.accepts_gzip();
  };
  EXPECT_FALSE(accepts("X: gzip"));
  EXPECT_TRUE(accepts("Accept-Encoding: deflate, gzip;q=0.5"));
  EXPECT_FALSE(accepts("Accept-Encoding: gzip;q=0"));
  EXPECT_FALSE(accepts("Accept-Encoding: gzip ; q=0.000"));
  EXPECT_FALSE(accepts("Accept-Encoding: identity"));
}

TEST(RequestParserTest, TinyChunksCostNoMoreThanTheirBytes) {
  RequestParser parser{ParserLimits()};
  std::string buffer = WithHeader("Transfer-Encoding: chunked");
  const size_t head = buffer.size();
  for (int i = 0; i < 10000; ++i) {
    buffer += "1\r\nx\r\n";
    size_t size = buffer.size();
    ASSERT_EQ(parser.Parse(buffer.data(), &size), Progress::kNeedMore);
    buffer.resize(size);
  }
  EXPECT_EQ(buffer.size(), head + 10000);
}

// Requests, whole and damaged, give the same whatever pieces they come in.
TEST(RequestParserTest, AnySplitGivesTheSame) {
  const std::string seed =
      "\r\nPOST /a?b HTTP/1.1\r\nHost: h\r\nX-Long: 0123456789 0123456789\r\n"
      "Content-Length: 5\r\n\r\nab\r\nc"
      "PUT http://h/c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;e=1\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\nU: 2\r\n\r\n"
      "GET /last HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  ParserLimits limits;
  limits.head_bytes = 110;
  limits.header_count = 4;
  limits.body_bytes = 6;
  limits.chunk_line_bytes = 8;
  ASSERT_EQ(ParseAll(seed, {}, limits).size(), 3u);
  Prng prng(1);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = seed;
    for (uint64_t edits = prng.Below(3); edits > 0; --edits) {
      static constexpr std::string_view kBytes = "\r\n: ;0159aF,\t\0\x80xH/";
      const size_t at = prng.Below(bytes.size());
      const char byte = kBytes[prng.Below(kBytes.size())];
      switch (prng.Below(4)) {
        case 0:
          bytes[at] = byte;
          break;
        case 1:
          bytes.insert(at, 1, byte);
          break;
        case 2:
          bytes.insert(at, prng.Below(100), byte);
          break;
        default:
          bytes.erase(at, 1 + prng.Below(20));
      }
    }
    const auto whole = ParseAll(bytes, {}, limits);
    std::vector<size_t> cuts;
    const uint64_t step = 1 + prng.Below(40);
    for (size_t at = prng.Below(step + 1); at < bytes.size(); at += 1 + prng.Below(step)) {
      cuts.push_back(at);
    }
    ASSERT_EQ(ParseAll(bytes, cuts, limits), whole) << "round " << round << "\n" << bytes;
  }
}

}  // namespace
}  // namespace skerry::http
