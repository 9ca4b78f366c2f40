#include "server/dynamodb/envelope.h"

#include <algorithm>

#include "base/prng.h"
#include "server/dynamodb/messages.h"

namespace skerry::dynamodb {
namespace {

constexpr std::string_view kTables = "DynamoDB_20120810.";
constexpr std::string_view kStreams = "DynamoDBStreams_20120810.";
constexpr size_t kRequestIdLength = 52;
constexpr std::string_view kRequestIdAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
constexpr unsigned kBitsPerCharacter = 5;
constexpr unsigned kCharactersPerWord = 12;

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

api::ApiError UnknownOperation(std::string message) {
  return {api::ErrorType::kUnknownOperation, std::move(message), {}};
}

}  // namespace

api::Outcome<const Operation*> OperationOfTarget(std::string_view target) {
  if (target.starts_with(kTables)) {
    const std::string_view name = target.substr(kTables.size());
    if (const Operation* operation = FindOperation(name); operation != nullptr) return operation;
    if (Contains(OperationsNotBuilt(), name)) {
      return UnknownOperation(messages::NotBuiltYet(name));
    }
  } else if (target.starts_with(kStreams)) {
    const std::string_view name = target.substr(kStreams.size());
    if (Contains(StreamsOperationsNotBuilt(), name)) {
      return UnknownOperation(messages::NotBuiltYet(name));
    }
  } else if (target.starts_with("DynamoDB")) {
    return UnknownOperation(std::string(messages::kUnsupportedVersion));
  }
  return UnknownOperation(std::string(messages::kUnknownOperation));
}

std::string RequestId(uint64_t seed, uint64_t id) {
  Prng prng(seed ^ id * 0x9e3779b97f4a7c15);
  std::string text(kRequestIdLength, '0');
  uint64_t word = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % kCharactersPerWord == 0) word = prng.Next();
    text[i] = kRequestIdAlphabet[word % kRequestIdAlphabet.size()];
    word >>= kBitsPerCharacter;
  }
  return text;
}

void AddAnswerHeaders(std::string request_id, HttpResponse* response) {
  auto& headers = response->headers;
  headers.reserve(headers.size() + 3);
  headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
  headers.emplace_back("x-amzn-RequestId", std::move(request_id));
  response->crc32_header = "x-amz-crc32";  // of the bytes as sent: the connection compresses
}

void AddCorsHeaders(std::string_view allowed_origin, HttpResponse* response) {
  response->headers.emplace_back("Access-Control-Allow-Origin", allowed_origin);
  response->headers.emplace_back(
      "Access-Control-Expose-Headers",
      "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amz-crc32,Date");
}

HttpResponse Preflight(const HttpRequest& request, std::string_view allowed_origin) {
  HttpResponse response;
  response.headers.emplace_back("Access-Control-Allow-Origin", allowed_origin);
  response.headers.emplace_back("Access-Control-Allow-Methods", "POST,GET,HEAD,OPTIONS");
  // What a browser asks to send is what a client signs; no value of it is a secret of ours.
  const std::string_view asked = request.Header("Access-Control-Request-Headers");
  response.headers.emplace_back("Access-Control-Allow-Headers", asked.empty() ? "*" : asked);
  response.headers.emplace_back("Access-Control-Max-Age", "172800");
  return response;
}

}  // namespace skerry::dynamodb
