#include "config/load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "config/check.h"
#include "config/print.h"
#include "config/slot.h"
#include "config/suggest.h"
#include "config/toml_reader.h"

namespace laterbase::config {
namespace {

constexpr std::string_view prefix = "LATERBASE_";
constexpr std::string_view config_variable = "LATERBASE_CONFIG";
constexpr std::string_view config_flag = "config";
constexpr std::size_t largest_file_bytes = 1 * mib;

// Variables with our prefix that are no settings: the client's, those of ./dev and the tests, and what Kubernetes and
// Docker put into the environment of a container beside a service that is called laterbase.
bool is_foreign(std::string_view name, std::string_view value) {
  static const std::set<std::string, std::less<>> known = {"LATERBASE_URL",  "LATERBASE_TOKEN", "LATERBASE_DB",
                                                           "LATERBASE_SEED", "LATERBASE_SOAK",  "LATERBASE_PROGRAM"};
  if (name == "LATERBASE_PORT") return value.starts_with("tcp://");
  for (const std::string_view start : {"LATERBASE_DEMO_", "LATERBASE_FUZZ_", "LATERBASE_TEST_", "LATERBASE_BENCH_",
                                       "LATERBASE_SERVICE_", "LATERBASE_PORT_"}) {
    if (name.starts_with(start)) return true;
  }
  return known.contains(name);
}

struct Flag {
  std::string name;
  std::optional<std::string> value;
};

// Down the file first, then flags and variables.
Errors in_order(Errors errors) {
  const auto line = [](const ConfigError& error) { return error.place.line - 1U; };  // none is last
  const auto before = [&](const ConfigError& a, const ConfigError& b) { return line(a) < line(b); };
  std::stable_sort(errors.begin(), errors.end(), before);
  return errors;
}

class Loader {
 public:
  explicit Loader(const Source& source) : source_(source), rows_(table(settings_)) { settings_.source = source; }

  Loaded run() {
    const auto flags = read_flags();
    read_file(config_file(flags));
    read_environment();
    for (const auto& flag : flags) apply_flag(flag);
    complete(settings_, places_, errors_);
    if (!errors_.empty()) return in_order(std::move(errors_));
    return std::move(settings_);
  }

 private:
  Target target() { return {rows_, places_, errors_}; }
  void say(std::string place, std::string message) { errors_.push_back({std::move(place), std::move(message)}); }

  // All that may be given as flag or variable, each behind `dashes`.
  std::vector<std::string> names(std::string_view dashes) const {
    std::vector<std::string> all = {fmt::format("{}{}", dashes, config_flag)};
    for (const auto& row : rows_) all.push_back(fmt::format("{}{}", dashes, row.name));
    return all;
  }

  Setting* find(std::string_view name) {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Setting& r) { return r.name == name; });
    return row == rows_.end() ? nullptr : &*row;
  }

  std::vector<Flag> read_flags();
  std::string config_file(const std::vector<Flag>& flags) const;
  void read_file(const std::string& path);
  void read_environment();
  void apply_flag(const Flag& flag);
  void apply(Setting& row, const std::string& place, const std::string& text);

  const Source& source_;
  Settings settings_;
  std::vector<Setting> rows_;
  Places places_;
  Errors errors_;
};

// Splits --name=value and --name value; true and false settings need no value.
std::vector<Flag> Loader::read_flags() {
  std::vector<Flag> flags;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < source_.flags.size(); ++i) {
    const std::string& word = source_.flags[i];
    if (!word.starts_with("--") || word.size() == 2) {
      say(word, "is not expected here; settings are given as --NAME=VALUE");
      continue;
    }
    const auto equals = word.find('=');
    Flag flag{word.substr(2, equals == std::string::npos ? equals : equals - 2), std::nullopt};
    if (equals != std::string::npos) {
      flag.value = word.substr(equals + 1);
    } else if (i + 1 < source_.flags.size() && !source_.flags[i + 1].starts_with("--")) {
      flag.value = source_.flags[++i];
    }
    if (!seen.insert(flag.name).second) say("--" + flag.name, "given twice");
    flags.push_back(std::move(flag));
  }
  return flags;
}

std::string Loader::config_file(const std::vector<Flag>& flags) const {
  for (const auto& flag : flags) {
    if (flag.name == config_flag) return flag.value.value_or("");
  }
  const auto variable = source_.environment.find(std::string(config_variable));
  return variable == source_.environment.end() ? std::string() : variable->second;
}

void Loader::read_file(const std::string& path) {
  if (path.empty()) return;
  std::ifstream file(path, std::ios::binary);
  std::string text(largest_file_bytes + 1, '\0');
  if (!file || !(file.read(text.data(), static_cast<std::streamsize>(text.size())) || file.eof()))
    return say(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_file_bytes) return say(path, "is larger than 1MiB; that is no configuration file");
  read_toml(text, path, target());
}

void Loader::read_environment() {
  for (const auto& variable : source_.environment) {
    const std::string &name = variable.first, &value = variable.second;
    if (!name.starts_with(prefix) || is_foreign(name, value) || name == config_variable) continue;
    const auto named = [&name = name](const Setting& row) { return environment_name(row.name) == name; };
    const auto row = std::find_if(rows_.begin(), rows_.end(), named);
    if (row != rows_.end()) {
      apply(*row, name, value);
    } else {
      const auto meant = nearest(name.substr(prefix.size()), names(""));
      say(name,
          "there is no such setting" + (meant ? fmt::format("; did you mean {}?", environment_name(*meant)) : ""));
    }
  }
}

void Loader::apply_flag(const Flag& flag) {
  const std::string place = "--" + flag.name;
  if (flag.name == config_flag) {
    if (flag.value.value_or("").empty()) say(place, "needs a value: the path of a TOML file");
    return;
  }
  Setting* row = find(flag.name);
  if (row == nullptr) {
    return say(place, "there is no such setting" + did_you_mean(place, names("--")));
  }
  const bool is_bool = std::holds_alternative<bool*>(row->slot);
  if (!flag.value && !is_bool) return say(place, "needs a value: " + allowed(row->slot));
  apply(*row, place, flag.value.value_or("true"));
}

void Loader::apply(Setting& row, const std::string& place, const std::string& text) {
  if (is_tables(row.slot) || (is_list(row.slot) && text.starts_with('[')))
    return read_toml_value(text, place, row, target());
  places_.insert_or_assign(std::string(row.name), place);
  if (const auto complaint = read_text(row.slot, text)) say(place, *complaint);
}

}  // namespace

Loaded load(const Source& source) { return Loader(source).run(); }

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && text.starts_with(prefix))
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace laterbase::config
