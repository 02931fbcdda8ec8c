#include "program/table_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "client/commands.h"
#include "client/console.h"
#include "engine/table/space_reader.h"

namespace laterbase::program {
namespace {

using worktable::SpaceReader;
using worktable::SpaceView;
namespace space = worktable::space;

constexpr std::size_t longest_value = 40;

struct ShowOptions {
  std::string file;
  std::uint64_t rows = 10;
};

template <typename T>
std::string number(std::string_view raw) {
  T value{};
  raw.copy(reinterpret_cast<char*>(&value), sizeof value);
  return fmt::format("{}", value);
}

std::string number_text(space::Kind kind, std::string_view raw) {
  switch (kind) {
    case space::Kind::u8:
      return fmt::format("{}", static_cast<unsigned char>(raw[0]));
    case space::Kind::i8:
      return fmt::format("{}", static_cast<signed char>(raw[0]));
    case space::Kind::boolean:
      return raw[0] != 0 ? "true" : "false";
    case space::Kind::u16:
      return number<std::uint16_t>(raw);
    case space::Kind::i16:
      return number<std::int16_t>(raw);
    case space::Kind::u32:
      return number<std::uint32_t>(raw);
    case space::Kind::i32:
      return number<std::int32_t>(raw);
    case space::Kind::i64:
      return number<std::int64_t>(raw);
    case space::Kind::f32:
      return number<float>(raw);
    case space::Kind::f64:
      return number<double>(raw);
    default:
      return number<std::uint64_t>(raw);
  }
}

// Control characters would do things to a terminal.
std::string text_of(std::string_view raw) {
  std::string text;
  for (const char c : raw.substr(0, longest_value)) text += static_cast<unsigned char>(c) < 32 || c == 127 ? '.' : c;
  return raw.size() > longest_value ? text + "…" : text;
}

std::string hex_of(std::string_view raw) {
  std::string text = "0x";
  for (const char c : raw.substr(0, longest_value / 2)) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return raw.size() > longest_value / 2 ? text + "…" : text;
}

std::string value_text(const space::Column& column, std::string_view raw) {
  if (column.kind == space::Kind::text) return text_of(raw);
  if (column.kind == space::Kind::bytes) return hex_of(raw);
  if (column.count == 0) return number_text(column.kind, raw);
  std::string text = "[";
  for (const auto width = space::kind_width(column.kind); raw.size() >= width; raw.remove_prefix(width)) {
    if (text.size() > longest_value) return text + " …]";
    text += (text.size() > 1 ? ", " : "") + number_text(column.kind, raw);
  }
  return text + "]";
}

std::string row_text(const space::Schema& schema, const space::Row& row) {
  std::string line;
  for (std::size_t i = 0; i < schema.columns.size(); ++i)
    line += (i == 0 ? "" : "\t") + (row.is_null(i) ? "-" : value_text(schema.columns[i], row.raw(i)));
  return line + "\n";
}

std::string schema_text(const space::Schema& schema) {
  std::string text;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const auto& column = schema.columns[i];
    const bool is_key = std::find(schema.key.begin(), schema.key.end(), i) != schema.key.end();
    const std::string array = column.count == 0                  ? ""
                              : column.count == space::any_count ? "[]"
                                                                 : fmt::format("[{}]", column.count);
    text += fmt::format("  {} {}{}{}{}\n", column.name, space::kind_name(column.kind), array,
                        column.optional ? " optional" : "", is_key ? " key" : "");
  }
  return text;
}

std::string header_line(const space::Schema& schema) {
  std::string line;
  for (const auto& column : schema.columns) line += (line.empty() ? "" : "\t") + column.name;
  return line + "\n";
}

int show(const ShowOptions& options) {
  SpaceReader reader(options.file);
  const auto text = reader.read([&](const SpaceView& view) {
    auto found = fmt::format("table {}: {} rows, generation {}, {} pages of {} bytes, {} of them index\n{}",
                             reader.schema().name, client::with_commas(view.rows()), view.generation(),
                             client::with_commas(view.highest_used_page() + 1), reader.page_bytes(), view.index_pages(),
                             schema_text(reader.schema()));
    if (options.rows > 0 && view.rows() > 0) found += header_line(reader.schema());
    std::uint64_t left = options.rows;
    view.each([&](const space::Row& row) {
      if (left == 0) return;
      --left;
      found += row_text(reader.schema(), row);
    });
    return found;
  });
  std::cout << text;
  return client::success;
}

int show_guarded(const ShowOptions& options) {
  try {
    return show(options);
  } catch (const std::runtime_error& problem) {
    std::cerr << "laterbase: " << problem.what() << '\n';
    return client::usage;
  }
}

}  // namespace

void add_table(CLI::App& app, int& exit_code) {
  auto& table = *app.add_subcommand("table", "Look at a table's space file");
  table.require_subcommand(1);
  auto& command = *table.add_subcommand("show", "Print its columns and first rows, as of one generation");
  auto options = std::make_shared<ShowOptions>();
  command.add_option("file", options->file, "A space file; its owner may be writing it")->required();
  command.add_option("--rows", options->rows, "How many rows")->capture_default_str();
  command.footer("  laterbase table show prices.space --rows 3");
  command.callback([options, &exit_code] { exit_code = show_guarded(*options); });
}

}  // namespace laterbase::program
