#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "base/prng.h"
#include "server/http/content_coding.h"
#include "server/http/crc32.h"
#include "server/http/response_writer.h"

namespace skerry::http {
namespace {

std::string Deflate(std::string_view plain, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(ContentCodingTest, GzipRoundTrips) {
  const std::string plain(100000, 'x');
  const std::string coded = Gzip(plain);
  EXPECT_LT(coded.size(), plain.size() / 10);
  EXPECT_EQ(*Inflate(ContentCoding::kGzip, coded, plain.size()), plain);
}

TEST(ContentCodingTest, SeveralGzipMembersAreOneBody) {
  EXPECT_EQ(*Inflate(ContentCoding::kGzip, Gzip("ab") + Gzip("cd"), 4), "abcd");
}

TEST(ContentCodingTest, DeflateIsReadInBothItsForms) {
  EXPECT_EQ(*Inflate(ContentCoding::kDeflate, Deflate("hello", 15), 100), "hello");
  EXPECT_EQ(*Inflate(ContentCoding::kDeflate, Deflate("hello", -15), 100), "hello");
}

TEST(ContentCodingTest, ExpansionIsBounded) {
  const std::string bomb = Gzip(std::string(1 << 20, '\0'));
  EXPECT_TRUE(Inflate(ContentCoding::kGzip, bomb, 1 << 20).ok());
  EXPECT_EQ(Inflate(ContentCoding::kGzip, bomb, (1 << 20) - 1).status().code(),
            StatusCode::kResourceExhausted);
}

TEST(ContentCodingTest, DamagedStreamsAreRefused) {
  const std::string coded = Gzip("hello, hello, hello");
  EXPECT_EQ(Inflate(ContentCoding::kGzip, coded.substr(0, coded.size() - 1), 100).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_FALSE(Inflate(ContentCoding::kGzip, "plain text", 100).ok());
  EXPECT_FALSE(Inflate(ContentCoding::kGzip, coded + "x", 100).ok());
  EXPECT_FALSE(Inflate(ContentCoding::kDeflate, Deflate("a", 15) + "x", 100).ok());
  std::string flipped = coded;
  flipped[12] = static_cast<char>(flipped[12] ^ 0x55);
  EXPECT_FALSE(Inflate(ContentCoding::kGzip, flipped, 100).ok());
}

TEST(ContentCodingTest, AwsChunkedFramingIsUndone) {
  EXPECT_EQ(*DecodeAwsChunked("3;chunk-signature=ab\r\nabc\r\nA\r\n0123456789\r\n0;x\r\n\r\n"),
            "abc0123456789");
  EXPECT_EQ(*DecodeAwsChunked("1\r\na\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"), "a");
  for (const char* bad :
       {"", "3\r\nab\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "1\r\na\r\n", "x\r\n\r\n",
        "ffffffffffffffff\r\na\r\n0\r\n\r\n", "0\r\nrest", "-1\r\na\r\n"}) {
    EXPECT_FALSE(DecodeAwsChunked(bad).ok()) << bad;
  }
}

TEST(Crc32Test, AgreesWithZlibAtEveryLengthAndAlignment) {
  Prng prng(7);
  std::string bytes;
  for (int i = 0; i < 2000; ++i) bytes.push_back(static_cast<char>(prng.Next()));
  for (size_t length = 0; length < 600; ++length) {
    const std::string_view view = std::string_view(bytes).substr(length % 17, length);
    ASSERT_EQ(Crc32(view),
              crc32(0, reinterpret_cast<const Bytef*>(view.data()), static_cast<uInt>(length)))
        << length;
  }
  EXPECT_EQ(Crc32("{}"), 2745614147u);  // what DynamoDB's empty answer carries
}

TEST(ResponseWriterTest, WritesTheHead) {
  HttpResponse response;
  response.headers.emplace_back("X-A", "b");
  response.crc32_header = "x-amz-crc32";
  response.body = "{}";
  DateLine date;
  std::string out;
  AppendHead(
      response,
      {.date_line = date.At(std::chrono::seconds(784111777)), .server_line = "Server: s\r\n"},
      &out);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nServer: s\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-A: b\r\n"
            "x-amz-crc32: 2745614147\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseWriterTest, NoHeaderValueCanStartALine) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("X-A", "b\r\nX-Evil: 1");
  std::string out;
  AppendHead(response, {.keep_alive = false}, &out);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nX-A: b  X-Evil: 1\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace skerry::http
