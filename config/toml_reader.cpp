#include "config/toml_reader.h"

#include <fmt/format.h>

// toml++ 3.3 asserts on malformed input that it goes on to refuse ("[[["), and with NDEBUG assumes that it is not
// there.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "config/slot.h"
#include "config/suggest.h"
#include "config/units.h"

namespace laterbase::config {
namespace {

// Walks a parsed table along the rows' names.
class Reader {
 public:
  // `fixed_place` names a flag or variable; without it places are lines of `file`.
  Reader(std::string file, std::optional<Place> fixed_place, Target target)
      : file_(std::move(file)), fixed_place_(std::move(fixed_place)), target_(target) {}

  void walk(const toml::table& table, const std::string& prefix) { walk(table, prefix, target_.rows); }
  void read(Setting& row, const std::string& name, const toml::node& node, const Place& place);
  Place place_of(const toml::source_region& region) const;

 private:
  void walk(const toml::table& table, const std::string& prefix, std::vector<Setting>& rows);
  void enter(const toml::node& node, const std::string& name, const Place& place, std::vector<Setting>& rows);
  void unknown(const toml::node& node, const std::string& name, const Place& place, const std::vector<Setting>& rows);
  template <typename Item>
  void read_tables(std::vector<Item>& items, const std::string& name, const toml::node& node, const Place& place);
  void read_item(const toml::table& item, const std::string& array, std::vector<Setting>& rows);
  void complain(const Place& place, const std::string& name, const Complaint& complaint);

  std::string file_;
  std::optional<Place> fixed_place_;
  Target target_;
};

std::string full_name(const std::string& prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : fmt::format("{}.{}", prefix, key);
}

std::vector<std::string> names_of(const std::vector<Setting>& rows, std::string_view array) {
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const auto& row : rows)
    names.push_back(array.empty() ? std::string(row.name) : fmt::format("{}.{}", array, row.name));
  return names;
}

std::vector<std::string> sections_of(const std::vector<Setting>& rows) {
  std::vector<std::string> sections;
  for (const auto& row : rows) {
    const auto dot = row.name.find('.');
    if (dot != std::string_view::npos) sections.push_back(fmt::format("[{}]", row.name.substr(0, dot)));
    if (is_tables(row.slot)) sections.push_back(fmt::format("[[{}]]", row.name));
  }
  return sections;
}

std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto text = node.value<std::string>(); node.is_string()) return *text;
  if (const auto number = node.value<std::int64_t>(); node.is_integer()) return fmt::format("{}", *number);
  return std::nullopt;
}

Complaint read_array(const Slot& slot, const toml::array& array) {
  std::vector<std::string> items;
  for (const auto& item : array) {
    if (!item.is_string()) return fmt::format("holds something else than text; write {}", allowed(slot));
    items.push_back(*item.value<std::string>());
  }
  return read_list(slot, items);
}

// Dates stand without quotes in TOML; here they are text like any other.
std::string date_text(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_date_time<decltype(value)>) out << value.get();
  });
  return out.str();
}

Complaint read_node(const Slot& slot, const toml::node& node) {
  const auto wrong = [&] { return fmt::format("takes {}", allowed(slot)); };
  if (const auto* array = node.as_array()) return read_array(slot, *array);
  if (is_list(slot)) return wrong();
  if (bool* const* flag = std::get_if<bool*>(&slot)) {
    if (!node.is_boolean()) return wrong();
    **flag = *node.value<bool>();
    return std::nullopt;
  }
  if (is_text(slot) && node.is_date_time()) return read_text(slot, date_text(node));
  const auto text = is_text(slot) && !node.is_string() ? std::nullopt : scalar_text(node);
  return text ? read_text(slot, *text) : wrong();
}

Place file_place(const std::string& file, const toml::source_position& where) {
  return {fmt::format("{}:{}:{}", file, where.line, where.column), where.line};
}

Place Reader::place_of(const toml::source_region& region) const {
  if (fixed_place_) return *fixed_place_;
  return file_place(file_, region.begin);
}

void Reader::complain(const Place& place, const std::string& name, const Complaint& complaint) {
  if (complaint) target_.errors.push_back({place, fmt::format("{}: {}", name, *complaint)});
}

void Reader::walk(const toml::table& table, const std::string& prefix, std::vector<Setting>& rows) {
  for (auto&& [key, node] : table) {
    const std::string name = full_name(prefix, key.str());
    const Place place = place_of(key.source());
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Setting& r) { return r.name == name; });
    if (row != rows.end()) {
      read(*row, name, node, place);
    } else {
      enter(node, name, place, rows);
    }
  }
}

void Reader::enter(const toml::node& node, const std::string& name, const Place& place, std::vector<Setting>& rows) {
  const bool section =
      std::any_of(rows.begin(), rows.end(), [&](const Setting& row) { return row.name.starts_with(name + "."); });
  if (!section) return unknown(node, name, place, rows);
  if (const auto* table = node.as_table()) return walk(*table, name, rows);
  complain(
      place, name,
      fmt::format("is a group of settings, not a value: write [{0}] and its settings below, or {0}.NAME = …", name));
}

void Reader::unknown(const toml::node& node, const std::string& name, const Place& place,
                     const std::vector<Setting>& rows) {
  const bool table = node.is_table() || node.is_array_of_tables();
  const std::string written = table ? fmt::format("[{}]", name) : name;
  auto candidates = table ? sections_of(rows) : names_of(rows, "");
  target_.errors.push_back({place, fmt::format("there is no {} {}{}", table ? "table" : "setting", written,
                                               did_you_mean(written, candidates))});
}

template <typename Item>
void Reader::read_tables(std::vector<Item>& items, const std::string& name, const toml::node& node,
                         const Place& place) {
  const auto* array = node.as_array();
  if (array == nullptr || (!array->empty() && !array->is_array_of_tables()))
    return complain(place, name, fmt::format("is an array of tables: write [[{}]] and its settings below", name));
  items.clear();
  for (const auto& element : *array) {
    target_.places.insert_or_assign(fmt::format("{}[{}]", name, items.size()), place_of(element.source()));
    auto rows = table(items.emplace_back());
    read_item(*element.as_table(), name, rows);
  }
}

void Reader::read_item(const toml::table& item, const std::string& array, std::vector<Setting>& rows) {
  for (auto&& [key, value] : item) {
    const std::string name = full_name(array, key.str());
    const Place place = place_of(key.source());
    const auto row =
        std::find_if(rows.begin(), rows.end(), [own = key.str()](const Setting& r) { return r.name == own; });
    if (row != rows.end()) {
      read(*row, name, value, place);
    } else {
      auto candidates = config::names_of(rows, array);
      for (const auto& outer : target_.rows) candidates.emplace_back(outer.name);  // written below the wrong header
      const auto guess = did_you_mean(name, candidates);
      target_.errors.push_back({place, fmt::format("there is no setting {}{}", name, guess)});
    }
  }
}

void Reader::read(Setting& row, const std::string& name, const toml::node& node, const Place& place) {
  target_.places.insert_or_assign(name, place);
  if (auto* const* tokens = std::get_if<std::vector<Token>*>(&row.slot))
    return read_tables(**tokens, name, node, place);
  if (auto* const* peers = std::get_if<std::vector<Peer>*>(&row.slot)) return read_tables(**peers, name, node, place);
  complain(place, name, read_node(row.slot, node));
}

// What toml++ says, in words for people who don't think of their file as "key-value pairs".
std::string reworded(std::string_view description) {
  std::string words(description);
  for (const std::string_view prefix : {"Error while parsing ", "key-value pair: ", "table header: ", "key: "}) {
    if (words.starts_with(prefix)) words.erase(0, prefix.size());
  }
  const auto quoted = words.find('\''), end = words.rfind('\'');
  if (words.starts_with("cannot redefine existing ") && quoted < end)
    return words.substr(quoted + 1, end - quoted - 1) + " is given twice";
  const bool bare = words.find("integer") != std::string::npos || words.find("value type") != std::string::npos;
  return words + (bare ? "; sizes, durations and texts stand in quotes" : "");
}

// Empties `line` (from 1), keeping all others where they are. False where it is a table header: without it, what
// follows would be taken for another table's.
bool blank_line(std::string& text, std::uint32_t line) {
  std::size_t begin = 0;
  for (std::uint32_t i = 1; i < line && begin < text.size(); ++i)
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  const auto end = std::min(text.find('\n', begin), text.size());
  if (trim(std::string_view(text).substr(begin, end - begin)).starts_with('[')) return false;
  text.erase(begin, end - begin);
  return true;
}

// Parses, and after a broken line parses again without it, as long as errors are further and further down.
std::optional<toml::table> parse_all(std::string text, const std::string& file, Errors& errors) {
  for (std::uint32_t last_line = 0;;) {
    try {
      return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
      const auto where = error.source().begin;
      if (where.line <= last_line) return std::nullopt;
      last_line = where.line;
      errors.push_back({file_place(file, where), reworded(error.description())});
      if (!blank_line(text, where.line)) return std::nullopt;
    }
  }
}

}  // namespace

void read_toml(std::string_view text, const std::string& file, Target target) {
  const auto table = parse_all(std::string(text), file, target.errors);
  if (table) Reader(file, std::nullopt, target).walk(*table, "");
}

void read_toml_value(std::string_view text, const Place& place, Setting& row, Target target) {
  try {
    const auto table = toml::parse(fmt::format("value = {}", text));
    const auto* node = table.get("value");
    if (node != nullptr) Reader("", place, target).read(row, std::string(row.name), *node, place);
  } catch (const toml::parse_error& error) {
    target.errors.push_back({place, fmt::format("{} is not {}, as in [{{name = \"…\", …}}]: {}", row.name,
                                                "an array of tables in TOML", reworded(error.description()))});
  }
}

}  // namespace laterbase::config
