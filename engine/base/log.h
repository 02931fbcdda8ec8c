#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

// Structured logging: an event's name and its fields, as text on a terminal and as JSON otherwise. spdlog is behind it,
// in log.cpp only. Threads: any. Cost: a level that is off costs one relaxed load.
namespace laterbase::log {

enum class Level { trace, debug, info, warn, error, off };

// The style of a line: for people, or one JSON object a line for machines.
enum class Format { automatic, text, json };

void setup(Level level, Format format);
void set_level(Level level);
bool enabled(Level level) noexcept;

// One field of a line. Values are text or numbers; JSON gets them with their type.
struct Field {
  std::string_view name;
  std::string value;
  bool quoted = true;

  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  Field(std::string_view field_name, bool flag) : name(field_name), value(flag ? "true" : "false"), quoted(false) {}
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  Field(std::string_view field_name, Number number)
      : name(field_name), value(fmt::format("{}", number)), quoted(false) {}
};

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::info)) write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::warn)) write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::error)) write(Level::error, message, fields);
}

}  // namespace laterbase::log
