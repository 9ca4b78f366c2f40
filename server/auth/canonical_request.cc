#include "server/auth/canonical_request.h"

#include <algorithm>
#include <utility>

namespace skerry::auth {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendEncoded(std::string_view text, bool keep_slash, std::string* out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : text) {
    if (IsUnreserved(c) || (keep_slash && c == '/')) {
      out->push_back(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out->push_back('%');
      out->push_back(kDigits[byte >> 4]);
      out->push_back(kDigits[byte & 15]);
    }
  }
}

// Calls f(name, value), both still encoded, for each parameter; stops when it returns false.
template <typename F>
void ForEachParameter(std::string_view query, F f) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    if (!f(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())))) return;
  }
}

std::string_view QueryOf(std::string_view target) {
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

void AppendCollapsed(std::string_view value, std::string* out) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  bool after_space = false;
  for (char c : value) {
    if (!is_space(c)) {
      out->push_back(c);
    } else if (!after_space) {
      out->push_back(' ');
    }
    after_space = is_space(c);
  }
}

}  // namespace

std::string PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0) {
      out.push_back(text[i]);
    } else {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

bool QueryParameter(std::string_view target, std::string_view name, std::string* value) {
  bool found = false;
  ForEachParameter(QueryOf(target), [&](std::string_view n, std::string_view v) {
    if (PercentDecode(n) != name) return true;
    *value = PercentDecode(v);
    found = true;
    return false;
  });
  return found;
}

std::string CanonicalUri(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool slash_at_end = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string out = "/";
  for (size_t i = 0; i < segments.size(); ++i) {
    if (i > 0) out.push_back('/');
    AppendEncoded(segments[i], /*keep_slash=*/true, &out);
  }
  if (slash_at_end && !segments.empty()) out.push_back('/');
  return out;
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  ForEachParameter(query, [&](std::string_view name, std::string_view value) {
    std::string plain_name = PercentDecode(name);
    if (plain_name == "X-Amz-Signature") return true;
    auto& [encoded_name, encoded_value] = parameters.emplace_back();
    AppendEncoded(plain_name, /*keep_slash=*/false, &encoded_name);
    AppendEncoded(PercentDecode(value), /*keep_slash=*/false, &encoded_value);
    return true;
  });
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out.push_back('&');
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string CanonicalHeaderValue(const HttpRequest& request, std::string_view name) {
  std::string out;
  bool first = true;
  for (const HttpHeader& header : request.headers) {
    if (!EqualsIgnoreCase(header.name, name)) continue;
    if (!first) out.push_back(',');
    first = false;
    AppendCollapsed(header.value, &out);
  }
  return out;
}

std::string CanonicalRequest(const HttpRequest& request,
                             const std::vector<std::string>& signed_headers,
                             std::string_view payload_hash) {
  std::vector<std::string> names = signed_headers;
  std::sort(names.begin(), names.end());
  std::string out;
  out.reserve(1024);
  out.append(request.method).push_back('\n');
  out.append(CanonicalUri(request.Path())).push_back('\n');
  out.append(CanonicalQuery(QueryOf(request.target))).push_back('\n');
  for (const std::string& name : names) {
    out.append(name).append(":").append(CanonicalHeaderValue(request, name)).push_back('\n');
  }
  out.push_back('\n');
  for (size_t i = 0; i < names.size(); ++i) out.append(i == 0 ? "" : ";").append(names[i]);
  out.push_back('\n');
  out.append(payload_hash);
  return out;
}

}  // namespace skerry::auth
