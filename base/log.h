#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

// What an operator reads: one JSON object a line, on standard error. For life-cycle events and
// failures, never per request. Thread-safe; a line is written with one call, so lines do not mix.

namespace skerry {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

struct LogField {
  std::string_view key;
  std::string value;
};

void SetLogLevel(LogLevel level);
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}

// As JSON writes a string, without the quotes around it.
void AppendJsonEscaped(std::string_view text, std::string* out);

}  // namespace skerry
