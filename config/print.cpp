#include "config/print.h"

#include <fmt/format.h>

#include <cctype>

#include "config/slot.h"

namespace laterbase::config {
namespace {

std::string_view section_of(std::string_view name) {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

void print_row(std::string& out, const Setting& row) {
  const std::string_view section = section_of(row.name);
  const std::string_view key = section.empty() ? row.name : row.name.substr(section.size() + 1);
  out += fmt::format("# {}{}\n{} = {}\n", row.meaning, row.when == When::restart ? " Needs a restart." : "", key,
                     print_value(row.slot));
}

template <typename Item>
void print_tables(std::string& out, const Setting& setting, std::vector<Item>& items) {
  out += fmt::format("\n# {}\n", setting.meaning);
  if (items.empty()) out += fmt::format("# [[{}]]\n", setting.name);
  for (auto& item : items) {
    out += fmt::format("[[{}]]\n", setting.name);
    for (const auto& row : table(item)) {
      const bool unset = print_value(row.slot) == "\"\"";
      if (!unset && !row.secret) out += fmt::format("{} = {}\n", row.name, print_value(row.slot));
      if (!unset && row.secret) out += fmt::format("# {} is set\n", row.name);
    }
  }
}

}  // namespace

std::string print_toml(const Settings& settings) {
  Settings copy = settings;
  std::string out, section;
  for (const auto& row : table(copy)) {
    if (section_of(row.name) != section) {
      section = section_of(row.name);
      if (!section.empty()) out += fmt::format("\n[{}]\n", section);
    }
    if (auto* const* tokens = std::get_if<std::vector<Token>*>(&row.slot)) {
      print_tables(out, row, **tokens);
    } else if (auto* const* peers = std::get_if<std::vector<Peer>*>(&row.slot)) {
      print_tables(out, row, **peers);
    } else {
      print_row(out, row);
    }
  }
  return out;
}

std::string help_text() {
  Settings defaults;
  std::string out;
  for (const auto& row : table(defaults)) {
    const std::string value = is_tables(row.slot) ? "TOML" : print_value(row.slot);
    out += fmt::format("  --{}={}\n        {}\n", row.name, value, row.meaning);
  }
  return out;
}

std::string environment_name(std::string_view setting) {
  std::string name = "LATERBASE_";
  for (const char c : setting) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace laterbase::config
