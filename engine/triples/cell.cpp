#include "engine/triples/cell.h"

#include <algorithm>

#include "engine/base/json_text.h"
#include "engine/ivm/decimal.h"

namespace laterbase::triples {
namespace {

using ivm::Decimal;
using ivm::TypeKind;
using ivm::Value;

Decimal decimal_of(const Value& value) {
  return value.kind() == TypeKind::numeric ? value.as_decimal() : Decimal(value.as_int());
}

Value number_of(const Decimal& sum, TypeKind kind) {
  if (kind == TypeKind::numeric) return Value::of_numeric(sum);
  const auto whole = sum.to_int64();
  if (!whole) return {};
  if (kind == TypeKind::bigint) return Value::of_bigint(*whole);
  if (*whole < INT32_MIN || *whole > INT32_MAX) return {};
  return Value::of_integer(static_cast<std::int32_t>(*whole));
}

Column element_column(const Column& column) {
  Column element = column;
  element.type = {column.type.element, TypeKind::unknown};
  element.merge = Merge::last_writer;
  return element;
}

// ["01ARZ…", …]
std::optional<std::vector<Ulid>> read_keys(std::string_view json) {
  std::vector<Ulid> keys;
  JsonScanner scanner(json);
  scanner.skip_space();
  if (!scanner.take('[')) return std::nullopt;
  for (scanner.skip_space(); !scanner.take(']'); scanner.skip_space()) {
    if (scanner.take(',')) scanner.skip_space();
    const std::size_t start = scanner.at();
    if (!scanner.string()) return std::nullopt;
    const auto key = Ulid::parse(json_unquoted(scanner.since(start)));
    if (!key) return std::nullopt;
    keys.push_back(*key);
  }
  return keys;
}

}  // namespace

std::optional<Operation> read_operation(std::string_view json) {
  JsonScanner scanner(json);
  Operation operation;
  scanner.skip_space();
  if (!scanner.take('{')) return std::nullopt;
  for (int member = 0; member < 2; ++member) {
    scanner.skip_space();
    const std::size_t start = scanner.at();
    if (!scanner.string()) return std::nullopt;
    std::string name = json_unquoted(scanner.since(start));
    scanner.skip_space();
    if (!scanner.take(':')) return std::nullopt;
    scanner.skip_space();
    const std::size_t value = scanner.at();
    if (!scanner.value()) return std::nullopt;
    if (name == "seen")
      operation.seen = scanner.since(value);
    else if (operation.name.empty())
      operation.name = std::move(name), operation.argument = scanner.since(value);
    else
      return std::nullopt;
    scanner.skip_space();
    if (scanner.take('}')) return operation.name.empty() ? std::nullopt : std::optional(operation);
    if (!scanner.take(',')) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> Cell::merge(const Column& column, const Version& version, std::string_view json,
                                       const ValueReader& reader) {
  if (column.merge == Merge::set) return change_set(column, version, json, reader);
  std::string_view text = json;
  if (column.merge == Merge::counter) {
    const auto operation = read_operation(json);
    if (!operation || operation->name != "inc") return "a counter takes {\"inc\": number}";
    text = operation->argument;
  }
  auto value = reader.read(text, column);
  if (!value) return "the value is not of type " + ivm::name_of(column.type);
  if (column.merge == Merge::last_writer) {
    write(version, std::move(*value));
  } else if (column.merge == Merge::counter) {
    if (value->is_null()) return "a counter takes {\"inc\": number}";
    count(version, std::move(*value));
  } else if (!value->is_null()) {
    bound(version, std::move(*value), column.merge == Merge::max);
  }
  return std::nullopt;
}

void Cell::write(const Version& version, Value value) {
  if (!entries_.empty() && entries_.front().version >= version) return;
  entries_.resize(1);
  entries_.front() = {version, std::move(value), Kind::plain};
  mark_unsaved();
}

void Cell::insert(Entry entry) {
  const auto place =
      std::upper_bound(entries_.begin(), entries_.end(), entry.version,
                       [](const Version& version, const Entry& other) { return version < other.version; });
  entries_.insert(place, std::move(entry));
  mark_unsaved();
}

void Cell::count(const Version& version, Value value) {
  const auto same = [&](const Entry& entry) { return entry.version == version; };
  if (!entries_.empty() && entries_.back().version >= version && std::any_of(entries_.begin(), entries_.end(), same))
    return;
  insert({version, std::move(value), Kind::plain});
}

// A value matters as long as no later one reaches it: a row's death takes the earlier ones away first.
void Cell::bound(const Version& version, Value value, bool greatest) {
  const auto reaches = [greatest](const Value& a, const Value& b) {
    return greatest ? compare(a, b) >= 0 : compare(a, b) <= 0;
  };
  for (const Entry& entry : entries_)
    if (entry.version >= version && reaches(entry.value, value)) return;
  std::erase_if(entries_, [&](const Entry& entry) { return entry.version <= version && reaches(value, entry.value); });
  insert({version, std::move(value), Kind::plain});
}

std::optional<std::string> Cell::change_set(const Column& column, const Version& version, std::string_view json,
                                            const ValueReader& reader) {
  const auto operation = read_operation(json);
  if (!operation || (operation->name != "add" && operation->name != "remove"))
    return "a set takes {\"add\": element} or {\"remove\": element}";
  auto element = reader.read(operation->argument, element_column(column));
  if (!element || element->is_null()) return "the element is not of type " + ivm::name_of(element_column(column).type);
  const bool removes = operation->name == "remove";
  if (removes && !operation->seen.empty()) {
    const auto seen = read_keys(operation->seen);
    if (!seen) return "\"seen\" is an array of keys of events";
    kill(*element, *seen);
    return std::nullopt;
  }
  const auto same = [&](const Entry& entry) { return entry.version == version && entry.kind != Kind::dead; };
  if (std::any_of(entries_.begin(), entries_.end(), same)) return std::nullopt;
  insert({version, std::move(*element), removes ? Kind::remove : Kind::plain});
  return std::nullopt;
}

void Cell::kill(const Value& element, const std::vector<Ulid>& seen) {
  for (const Ulid& key : seen) {
    const auto same = [&](const Entry& entry) {
      return entry.kind == Kind::dead && entry.version.key == key && entry.value == element;
    };
    if (std::none_of(entries_.begin(), entries_.end(), same)) insert({Version{key, 0}, element, Kind::dead});
  }
}

bool Cell::is_live(const Entry& add) const {
  return std::none_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
    if (other.kind == Kind::plain || !(other.value == add.value)) return false;
    return other.kind == Kind::dead ? other.version.key == add.version.key : other.version > add.version;
  });
}

void Cell::forget(const Version& until) {
  const auto erased =
      std::erase_if(entries_, [&](const Entry& entry) { return entry.kind != Kind::dead && entry.version <= until; });
  unsaved_ |= erased != 0;
}

void Cell::save(std::string& to) const {
  append_varint(to, entries_.size());
  for (const Entry& entry : entries_) {
    to += static_cast<char>(entry.kind);
    append_version(to, entry.version);
    append_value(to, entry.value);
  }
}

bool Cell::load(ByteReader& from) {
  entries_.clear();
  const std::uint64_t count = from.varint();
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
    const std::uint8_t kind = from.byte();
    if (kind > static_cast<std::uint8_t>(Kind::dead)) return false;
    const Version version = from.version();
    entries_.push_back({version, from.value(), static_cast<Kind>(kind)});
  }
  return from.ok();
}

std::vector<Ulid> Cell::adds_of(const Value& element) const {
  std::vector<Ulid> keys;
  for (const Entry& entry : entries_)
    if (entry.kind == Kind::plain && entry.value == element && is_live(entry)) keys.push_back(entry.version.key);
  return keys;
}

bool Cell::counts(const Column& column, const Version& version, std::string_view json,
                  const ValueReader& reader) const {
  if (column.merge == Merge::set) {
    const auto operation = read_operation(json);
    if (operation && operation->name == "remove") {
      const auto element = reader.read(operation->argument, element_column(column));
      return element && adds_of(*element).empty();
    }
  }
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& one) { return one.version == version && one.kind == Kind::plain; });
  if (entry == entries_.end()) return false;
  if (column.merge == Merge::set) return is_live(*entry);
  return (column.merge != Merge::max && column.merge != Merge::min) || entry->value == value(column);
}

Value Cell::value(const Column& column) const {
  switch (column.merge) {
    case Merge::last_writer:
      return entries_.empty() ? Value{} : entries_.front().value;
    case Merge::counter: {
      Decimal sum;
      for (const Entry& entry : entries_) sum = sum + decimal_of(entry.value);
      return number_of(sum, column.type.kind);
    }
    case Merge::set: {
      std::vector<Value> elements;
      for (const Entry& entry : entries_)
        if (entry.kind == Kind::plain && is_live(entry)) elements.push_back(entry.value);
      std::sort(elements.begin(), elements.end(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
      elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
      return Value::of_array(elements);
    }
    case Merge::max:
    case Merge::min: {
      Value extreme;
      for (const Entry& entry : entries_) {
        const bool beyond = extreme.is_null() || (column.merge == Merge::max ? compare(entry.value, extreme) > 0
                                                                             : compare(entry.value, extreme) < 0);
        if (beyond) extreme = entry.value;
      }
      return extreme;
    }
  }
  return {};
}

}  // namespace laterbase::triples
