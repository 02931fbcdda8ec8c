#include "views/tree/patch.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/ivm/row_order.h"

namespace laterbase::tree {
namespace {

// As a step of a JSON Pointer (RFC 6901).
std::string step_of(const std::string& name) {
  std::string step = "/";
  for (const char c : name) step += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return step;
}

std::string step_of(std::uint64_t place) { return fmt::format("/{}", place); }

bool same_at(std::size_t column, ivm::RowView a, ivm::RowView b, const ivm::Schema& schema) {
  if (a.is_null(column) || b.is_null(column)) return a.is_null(column) == b.is_null(column);
  if (ivm::is_fixed_width(schema[column].type.kind)) return a.word(column) == b.word(column);
  return a.bytes_at(column) == b.bytes_at(column);
}

std::vector<ivm::Order> by(const std::vector<std::size_t>& columns) {
  std::vector<ivm::Order> order;
  for (const std::size_t column : columns) order.push_back({column, false, false});
  return order;
}

// As Level::indexes() begins.
std::vector<ivm::Order> whole_order(const Level& level) {
  std::vector<ivm::Order> order;
  order.reserve(level.key() + level.order.size());
  for (std::size_t i = 0; i < level.key(); ++i) order.push_back({i, false, false});
  order.insert(order.end(), level.order.begin(), level.order.end());
  return order;
}

using Rows = std::vector<ivm::RowView>;

// How many of sorted rows are before this one.
std::uint64_t before(const Rows& rows, ivm::RowView row, const ivm::RowOrder& order) {
  return static_cast<std::uint64_t>(
      std::lower_bound(rows.begin(), rows.end(), row,
                       [&](ivm::RowView a, ivm::RowView b) { return order.compare(a, b) < 0; }) -
      rows.begin());
}

void insert(Rows& rows, ivm::RowView row, const ivm::RowOrder& order) {
  rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(before(rows, row, order)), row);
}

void erase(Rows& rows, ivm::RowView row, const ivm::RowOrder& order) {
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(before(rows, row, order)));
}

constexpr std::size_t most_moves = 1'000;  // of one list; more are sent as going and coming

}  // namespace

Patch::Patch(const Answer& answer, const Places& places, std::vector<const ivm::Batch*> changes)
    : answer_(answer), places_(places), changes_(std::move(changes)), fresh_(changes_.size()) {}

std::optional<std::string> Patch::text() {
  try {
    for (std::size_t i = 0; i < changes_.size(); ++i) level(i);
  } catch (const TooLong&) {
    return std::nullopt;
  } catch (const sql::SqlException&) {
    return std::nullopt;
  }
  return out_.empty() ? out_ : out_ + ']';
}

void Patch::say(std::string_view op, const std::string& path, const std::string& rest) {
  out_ += out_.empty() ? '[' : ',';
  out_.append("{\"op\":\"").append(op).append("\",\"path\":");
  append_quoted(out_, path);
  out_.append(rest).append("}");
  if (out_.size() > longest_patch_bytes) throw TooLong{};
}

// A level's changes, list by list.
void Patch::level(std::size_t level) {
  if (changes_[level]->empty()) return;
  const ivm::Schema& schema = answer_.rows(level).schema();
  const std::size_t key = level_of(level).key();
  std::vector<ivm::Change> changes(changes_[level]->begin(), changes_[level]->end());
  if (changes.size() > 1) {
    const ivm::RowOrder order(whole_order(level_of(level)), schema);
    std::sort(changes.begin(), changes.end(),
              [&](const ivm::Change& a, const ivm::Change& b) { return order.compare(a.row, b.row) < 0; });
  }
  for (std::size_t begin = 0; begin < changes.size();) {
    Rows before, after;
    std::size_t end = begin;
    const auto same_list = [&](ivm::RowView row) {
      for (std::size_t i = 0; i < key; ++i)
        if (!same_at(i, row, changes[begin].row, schema)) return false;
      return true;
    };
    for (; end < changes.size() && same_list(changes[end].row); ++end)
      for (std::int64_t n = 0; n < std::abs(changes[end].weight); ++n)
        (changes[end].weight < 0 ? before : after).push_back(changes[end].row);
    list(level, std::move(before), std::move(after));
    begin = end;
  }
}

void Patch::list(std::size_t level, Rows before, Rows after) {
  const Level& about = level_of(level);
  std::vector<std::size_t> key(about.key());
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i;
  const ivm::RowView any = before.empty() ? after.front() : before.front();
  const auto places = places_of(level, values_at(any, key, answer_.rows(level).schema()));
  if (places.empty()) return;
  if (!about.has_rows()) return value(level, places, after);
  const Changes changes = sorted_out(level, before, after);
  if (about.kind == NodeKind::one)
    one(level, places, changes);
  else
    many(level, places, changes);
  note(level, changes);
}

// Which rows keep their name.
Patch::Changes Patch::sorted_out(std::size_t level, const Rows& before, const Rows& after) const {
  const Level& about = level_of(level);
  const ivm::Schema& schema = answer_.rows(level).schema();
  if (about.identity.empty() || before.empty() || after.empty()) return {before, after, {}, {}};
  const ivm::RowOrder names(by(about.identity), schema);
  const ivm::RowOrder order(about.order, schema);
  const auto named_before = [&](ivm::RowView a, ivm::RowView b) { return names.compare_columns(a, b) < 0; };
  Rows arrivals = after;
  std::sort(arrivals.begin(), arrivals.end(), named_before);
  Changes changes;
  std::set<const char*> paired;
  for (const ivm::RowView row : before) {
    const auto found = std::lower_bound(arrivals.begin(), arrivals.end(), row, named_before);
    const bool is_same = found != arrivals.end() && names.compare_columns(*found, row) == 0;
    const bool stays = is_same && order.compare_columns(row, *found) == 0;
    if (!is_same || (!stays && changes.moved.size() >= most_moves) || !paired.insert(found->block()).second) {
      changes.gone.push_back(row);
    } else {
      (stays ? changes.stayed : changes.moved).push_back({row, *found});
    }
  }
  for (const ivm::RowView row : after)
    if (!paired.contains(row.block())) changes.come.push_back(row);
  return changes;
}

void Patch::value(std::size_t level, const std::vector<std::string>& places, const Rows& after) {
  const bool counts = level_of(level).kind == NodeKind::count;
  std::string rest = ",\"value\":";
  if (counts)
    rest += after.empty() ? "0" : std::to_string(after.front().word(level_of(level).key()));
  else
    rest += after.empty() ? "false" : "true";
  for (const std::string& place : places) say("replace", place, rest);
}

void Patch::one(std::size_t level, const std::vector<std::string>& places, const Changes& changes) {
  for (const auto* pairs : {&changes.stayed, &changes.moved})
    for (const Pair& pair : *pairs)
      for (const std::string& place : places) fields(level, place, pair);
  if (changes.gone.empty() && changes.come.empty()) return;
  std::string rest = ",\"value\":";
  if (changes.come.empty())
    rest += "null";
  else
    answer_.append_object(rest, level, changes.come.front());
  for (const std::string& place : places) say("replace", place, rest);
}

void Patch::rearrange(std::size_t level, const std::vector<std::string>& places, const Changes& changes) {
  const ivm::RowOrder order(level_of(level).order, answer_.rows(level).schema());
  Rows gone = changes.gone, come = changes.come, pending, done;
  for (const Pair& pair : changes.moved) insert(pending, pair.before, order), insert(come, pair.after, order);
  // Rows that stayed in the list all along, before this one.
  const auto unmoved = [&](ivm::RowView row, bool inclusive) {
    return rank(level, row, inclusive) - before(come, row, order);
  };
  for (std::size_t i = gone.size(); i-- > 0;) {
    const std::uint64_t place = unmoved(gone[i], true) + before(pending, gone[i], order) + i;
    for (const std::string& list : places) say("remove", list + step_of(place), "");
  }
  for (const Pair& pair : changes.moved) {
    const auto now = [&](ivm::RowView row) {
      return unmoved(row, false) + before(pending, row, order) + before(done, row, order);
    };
    const std::uint64_t from = now(pair.before);
    erase(pending, pair.before, order);
    const std::uint64_t to = now(pair.after);
    insert(done, pair.after, order);
    if (from == to) continue;
    for (const std::string& list : places) {
      std::string rest = ",\"from\":";
      append_quoted(rest, list + step_of(from));
      say("move", list + step_of(to), rest);
    }
  }
  for (std::size_t i = 0; i < changes.come.size(); ++i) {
    const ivm::RowView row = changes.come[i];
    std::size_t later_copies = 0;
    while (i + later_copies + 1 < changes.come.size() && changes.come[i + later_copies + 1] == row) ++later_copies;
    std::string rest = ",\"value\":";
    answer_.append_object(rest, level, row);
    const std::uint64_t place = rank(level, row, true) - 1 - later_copies;
    for (const std::string& list : places) say("add", list + step_of(place), rest);
  }
}

void Patch::many(std::size_t level, const std::vector<std::string>& places, const Changes& changes) {
  if (!changes.gone.empty() || !changes.come.empty() || !changes.moved.empty()) rearrange(level, places, changes);
  for (const auto* pairs : {&changes.moved, &changes.stayed})
    for (const Pair& pair : *pairs) {
      const std::string place = step_of(rank(level, pair.after, false));
      for (const std::string& list : places) fields(level, list + place, pair);
    }
}

std::set<std::size_t> Patch::levels_anew(std::size_t level, const Pair& pair) const {
  std::set<std::size_t> anew;
  for (const std::size_t child : level_of(level).children)
    for (const std::size_t column : level_of(child).parent_columns)
      if (!same_at(column, pair.before, pair.after, answer_.rows(level).schema())) anew.insert(child);
  return anew;
}

// What is shown of a row and is another now.
void Patch::fields(std::size_t level, const std::string& place, const Pair& pair) {
  const auto anew = levels_anew(level, pair);
  for (const Shown& field : level_of(level).fields) {
    const bool same = field.column ? same_at(*field.column, pair.before, pair.after, answer_.rows(level).schema())
                                   : !anew.contains(field.level);
    if (same) continue;
    std::string rest = ",\"value\":";
    if (field.column)
      answer_.append_column(rest, level, pair.after, *field.column);
    else
      answer_.append_below(rest, field.level, pair.after);
    say("replace", place + step_of(field.name), rest);
  }
}

void Patch::note(std::size_t level, const Changes& changes) {
  for (const ivm::RowView row : changes.come) ++fresh_[level][row].copies;
  for (const auto* pairs : {&changes.moved, &changes.stayed})
    for (const Pair& pair : *pairs)
      if (auto anew = levels_anew(level, pair); !anew.empty()) fresh_[level][pair.after].levels = std::move(anew);
}

std::vector<std::string> Patch::places_of(std::size_t level, const std::vector<ivm::Value>& key) {
  if (level == 0) return {""};
  std::vector<std::string> places;
  const std::size_t parent = level_of(level).parent;
  const Level& above = level_of(parent);
  const auto& children = above.children;
  const auto index = static_cast<std::size_t>(std::find(children.begin(), children.end(), level) - children.begin());
  const Shown& field = *std::find_if(above.fields.begin(), above.fields.end(),
                                     [&](const Shown& one) { return !one.column && one.level == level; });
  std::vector<std::size_t> parent_key(above.key());
  for (std::size_t i = 0; i < parent_key.size(); ++i) parent_key[i] = i;
  answer_.rows(parent).read(1 + index, range_of(key), false, [&](ivm::RowView row, std::int64_t weight) {
    const auto fresh = fresh_[parent].find(row);
    const bool known = fresh != fresh_[parent].end();
    if (known && fresh->second.levels.contains(level)) return true;
    const std::int64_t copies = weight - (known ? fresh->second.copies : 0);
    if (copies <= 0) return true;
    const auto lists = places_of(parent, values_at(row, parent_key, answer_.rows(parent).schema()));
    if (lists.empty()) return true;
    const std::uint64_t first = above.kind == NodeKind::many ? rank(parent, row, false) : 0;
    for (const std::string& list : lists)
      for (std::int64_t n = 0; n < copies; ++n) {
        const bool many = above.kind == NodeKind::many;
        places.push_back((many ? list + step_of(first + static_cast<std::uint64_t>(n)) : list) + step_of(field.name));
      }
    if (places.size() > longest_patch_bytes / 16) throw TooLong{};
    return true;
  });
  return places;
}

std::uint64_t Patch::rank(std::size_t level, ivm::RowView row, bool inclusive) const {
  if (const Ranks* ranks = places_.of(level)) return ranks->in_list(row, inclusive);
  const Level& about = level_of(level);
  const ivm::OutputRows& rows = answer_.rows(level);
  std::vector<std::size_t> columns(about.key());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  ivm::Range range;
  if (!columns.empty()) range.lower = ivm::Bound{values_at(row, columns, rows.schema()), true};
  for (const ivm::Order& order : about.order) columns.push_back(order.column);
  range.upper = ivm::Bound{values_at(row, columns, rows.schema()), false};
  std::uint64_t count = 0;
  rows.read(0, range, false, [&](ivm::RowView, std::int64_t weight) {
    count += static_cast<std::uint64_t>(weight);
    return true;
  });
  // A row that has a name is alone in its place.
  if (!about.identity.empty()) return count + (inclusive ? static_cast<std::uint64_t>(rows.weight_of(row)) : 0);
  // Rows of one place in the order are in the order of their bytes.
  rows.read(0, range_of(range.upper->values), false, [&](ivm::RowView peer, std::int64_t weight) {
    const auto place = ivm::compare_bytes(peer, row);
    if (place < 0 || (inclusive && place == 0)) count += static_cast<std::uint64_t>(weight);
    return true;
  });
  return count;
}

}  // namespace laterbase::tree
