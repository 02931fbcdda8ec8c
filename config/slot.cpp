#include "config/slot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "config/suggest.h"
#include "config/units.h"

namespace laterbase::config {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

using Names = std::span<const std::string_view>;

// The names of an enumeration's values, in its order.
Names names_of(Durability) {
  static constexpr std::string_view names[] = {"strong", "relaxed"};
  return names;
}
Names names_of(LogLevel) {
  static constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "off"};
  return names;
}
Names names_of(LogFormat) {
  static constexpr std::string_view names[] = {"auto", "text", "json"};
  return names;
}
Names names_of(Role) {
  static constexpr std::string_view names[] = {"read", "write", "sync", "admin"};
  return names;
}
Names names_of(Direction) {
  static constexpr std::string_view names[] = {"both", "pull", "push"};
  return names;
}

template <typename T>
concept Enumeration = std::is_enum_v<T>;

std::string one_of(Names names) { return fmt::format("one of {}", fmt::join(names, ", ")); }

template <Enumeration E>
std::string_view name_of(E value) {
  return names_of(E{})[static_cast<std::size_t>(value)];
}

template <Enumeration E>
Complaint read_choice(E& value, std::string_view text) {
  const Names names = names_of(E{});
  const auto found = std::find(names.begin(), names.end(), lower(trim(text)));
  if (found == names.end()) {
    const std::vector<std::string> candidates(names.begin(), names.end());
    return fmt::format("{} is not {}{}", quote(text), one_of(names), did_you_mean(text, candidates));
  }
  value = static_cast<E>(found - names.begin());
  return std::nullopt;
}

// Reads a number with a unit, and holds it against the slot's range.
template <typename Range, typename Parse, typename Print>
Complaint read_ranged(const Range& range, std::string_view text, Parse parse, Print print) {
  const auto value = parse(text);
  if (!value) return fmt::format("{} is not {}", quote(text), allowed(range));
  if (*value < range.least) return fmt::format("{} is too small; at least {}", print(*value), print(range.least));
  if (*value > range.most) return fmt::format("{} is too large; at most {}", print(*value), print(range.most));
  *range.value = *value;
  return std::nullopt;
}

std::string print_count(std::uint64_t count) { return fmt::format("{}", count); }

Complaint read_bool(bool& value, std::string_view text) {
  const std::string word = lower(trim(text));
  const bool yes = word == "true" || word == "1" || word == "yes" || word == "on";
  if (!yes && word != "false" && word != "0" && word != "no" && word != "off")
    return fmt::format("{} is neither true nor false", quote(text));
  value = yes;
  return std::nullopt;
}

Complaint read_address(Address& value, std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return fmt::format("{} is not {}", quote(text), allowed(&value));
  value = *address;
  return std::nullopt;
}

Complaint read_roles(std::vector<Role>& roles, const std::vector<std::string>& items) {
  std::vector<Role> read;
  for (const auto& item : items) {
    if (auto complaint = read_choice(read.emplace_back(), item)) return complaint;
  }
  roles = std::move(read);
  return std::nullopt;
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> items;
  while (!trim(text).empty()) {
    const auto comma = std::min(text.find(','), text.size());
    items.emplace_back(trim(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

template <typename Items, typename Print>
std::string print_list(const Items& items, Print print) {
  std::vector<std::string> printed;
  printed.reserve(items.size());
  for (const auto& item : items) printed.push_back(quote(print(item)));
  return fmt::format("[{}]", fmt::join(printed, ", "));
}

}  // namespace

Complaint read_text(const Slot& slot, std::string_view text) {
  const auto read = Overloaded{
      [&](const Size& size) { return read_ranged(size, text, parse_bytes, print_bytes); },
      [&](const Duration& duration) { return read_ranged(duration, text, parse_duration, print_duration); },
      [&](const Count& count) { return read_ranged(count, text, parse_count, print_count); },
      [&](bool* flag) { return read_bool(*flag, text); },
      [&](std::string* value) { return *value = text, Complaint{}; },
      [&](Address* address) { return read_address(*address, text); },
      [&]<Enumeration E>(E* choice) { return read_choice(*choice, text); },
      [&]<typename T>(std::vector<T>*) { return read_list(slot, split_commas(text)); },
  };
  return std::visit(read, slot);
}

Complaint read_list(const Slot& slot, const std::vector<std::string>& items) {
  if (const auto* roles = std::get_if<std::vector<Role>*>(&slot)) return read_roles(**roles, items);
  const auto* list = std::get_if<std::vector<std::string>*>(&slot);
  if (list == nullptr) return fmt::format("takes one value, not a list: {}", allowed(slot));
  **list = items;
  return std::nullopt;
}

std::string print_value(const Slot& slot) {
  const auto print = Overloaded{
      [](const Size& size) { return quote(print_bytes(*size.value)); },
      [](const Duration& duration) { return quote(print_duration(*duration.value)); },
      [](const Count& count) { return print_count(*count.value); },
      [](bool* flag) { return std::string(*flag ? "true" : "false"); },
      [](std::string* text) { return quote(*text); },
      [](Address* address) { return quote(print_address(*address)); },
      []<Enumeration E>(E* choice) { return quote(name_of(*choice)); },
      [](std::vector<std::string>* list) { return print_list(*list, [](const std::string& item) { return item; }); },
      [](std::vector<Role>* roles) { return print_list(*roles, name_of<Role>); },
      []<typename T>(std::vector<T>* tables) { return fmt::format("{}", tables->size()); },
  };
  return std::visit(print, slot);
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string allowed(const Slot& slot) {
  const auto describe = Overloaded{
      [](const Size&) { return std::string("a size such as \"64MiB\" (B, KiB, MiB, GiB, TiB) or a number of bytes"); },
      [](const Duration&) { return std::string("a duration such as \"50ms\", \"5s\", \"2m\" or \"1h\""); },
      [](const Count&) { return std::string("a whole number"); },
      [](bool*) { return std::string("true or false"); },
      [](std::string*) { return std::string("text in quotes"); },
      [](Address*) { return std::string("an address such as \"127.0.0.1:7070\" or \"[::1]:7070\""); },
      []<Enumeration E>(E*) { return one_of(names_of(E{})); },
      [](std::vector<std::string>*) { return std::string("a list of texts"); },
      [](std::vector<Role>*) { return fmt::format("a list of {}", fmt::join(names_of(Role{}), ", ")); },
      [](std::vector<Token>*) { return std::string("[[tokens]], a table for each"); },
      [](std::vector<Peer>*) { return std::string("[[peers]], a table for each"); },
  };
  return std::visit(describe, slot);
}

bool is_list(const Slot& slot) {
  return std::holds_alternative<std::vector<std::string>*>(slot) || std::holds_alternative<std::vector<Role>*>(slot);
}

bool is_tables(const Slot& slot) {
  return std::holds_alternative<std::vector<Token>*>(slot) || std::holds_alternative<std::vector<Peer>*>(slot);
}

bool is_text(const Slot& slot) { return std::holds_alternative<std::string*>(slot); }

}  // namespace laterbase::config
