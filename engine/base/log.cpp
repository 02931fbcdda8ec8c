#include "engine/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>

namespace laterbase::log {
namespace {

std::atomic<int> current_level{static_cast<int>(Level::info)};
std::atomic<bool> as_json{false};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace: return spdlog::level::trace;
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

// A JSON string literal; bytes that are not ASCII are passed through, they come from us as UTF-8 or escaped already.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      line += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      line += c;
    }
  }
  line += '"';
}

std::string json_tail(std::string_view message, std::initializer_list<Field> fields) {
  std::string line = "\"msg\":";
  append_quoted(line, message);
  for (const Field& field : fields) {
    line += ',';
    append_quoted(line, field.name);
    line += ':';
    if (field.quoted) append_quoted(line, field.value);
    else line += field.value;
  }
  return line;
}

std::string text_tail(std::string_view message, std::initializer_list<Field> fields) {
  std::string line{message};
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    const bool plain = !field.value.empty() && field.value.find_first_of(" \"=\n\r\t") == std::string::npos;
    if (plain) line += field.value;
    else append_quoted(line, field.value);
  }
  return line;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("laterbase", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

void setup(Level level, Format format) {
  const bool json = format == Format::json || (format == Format::automatic && isatty(STDERR_FILENO) == 0);
  as_json.store(json, std::memory_order_relaxed);
  set_level(level);
  logger().set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%H:%M:%S.%e %^%l%$ %v",
                       spdlog::pattern_time_type::utc);
}

void set_level(Level level) { current_level.store(static_cast<int>(level), std::memory_order_relaxed); }

bool enabled(Level level) noexcept {
  return static_cast<int>(level) >= current_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  const bool json = as_json.load(std::memory_order_relaxed);
  // Handed over as an argument: a brace in a message is text, never a format.
  logger().log(to_spdlog(level), "{}", json ? json_tail(message, fields) : text_tail(message, fields));
}

}  // namespace laterbase::log
