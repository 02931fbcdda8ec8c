#include <algorithm>
#include <limits>

#include "engine/ivm/expression.h"
#include "views/sql/function.h"
#include "views/sql/types.h"
#include "views/sql/utf8.h"

// Text, character by character; letters are those of ASCII (collation "C").
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

constexpr std::size_t longest_text = std::size_t{16} << 20;

std::string_view text(Args args, std::size_t i) { return args[i].as_text(); }
Value made(std::string_view result) { return Value::of_text(result); }
Value whole(std::size_t number) { return Value::of_integer(static_cast<std::int32_t>(number)); }

void check_length(std::size_t bytes) {
  if (bytes > longest_text) throw EvalError("54000", "requested length too large");
}

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char large(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_alnum(char c) { return (c >= '0' && c <= '9') || (small(c) >= 'a' && small(c) <= 'z'); }

Value lower(Args args, Type) {
  std::string result(text(args, 0));
  std::transform(result.begin(), result.end(), result.begin(), small);
  return made(result);
}
Value upper(Args args, Type) {
  std::string result(text(args, 0));
  std::transform(result.begin(), result.end(), result.begin(), large);
  return made(result);
}
Value initcap(Args args, Type) {
  std::string result(text(args, 0));
  bool inside = false;
  for (char& c : result) {
    c = inside ? small(c) : large(c);
    inside = is_alnum(c);
  }
  return made(result);
}
Value length(Args args, Type) { return whole(characters_in(text(args, 0))); }
Value octets(Args args, Type) { return whole(args[0].as_bytes().size()); }
Value bits(Args args, Type) { return whole(args[0].as_bytes().size() * 8); }

// Characters from `from` (1 is the first; may be before it), at most `count`.
std::string_view part(std::string_view whole_text, std::int64_t from, std::int64_t count) {
  std::int64_t end = 0;
  if (__builtin_add_overflow(from, count, &end)) end = std::numeric_limits<std::int64_t>::max();
  from = std::max<std::int64_t>(from, 1);
  if (end <= from) return {};
  const std::string_view rest = whole_text.substr(byte_of_character(whole_text, static_cast<std::size_t>(from - 1)));
  return rest.substr(0, byte_of_character(rest, static_cast<std::size_t>(end - from)));
}

Value substring_from(Args args, Type) {
  return made(part(text(args, 0), args[1].as_int(), std::numeric_limits<std::int64_t>::max()));
}
Value substring(Args args, Type) {
  if (args[2].as_int() < 0) throw EvalError("22011", "negative substring length not allowed");
  return made(part(text(args, 0), args[1].as_int(), args[2].as_int()));
}
Value left(Args args, Type) {
  const std::int64_t count = args[1].as_int();
  const auto all = static_cast<std::int64_t>(characters_in(text(args, 0)));
  return made(part(text(args, 0), 1, count < 0 ? std::max<std::int64_t>(all + count, 0) : count));
}
Value right(Args args, Type) {
  const std::int64_t count = args[1].as_int();
  const auto all = static_cast<std::int64_t>(characters_in(text(args, 0)));
  const std::int64_t skipped = count < 0 ? -count : std::max<std::int64_t>(all - count, 0);
  return made(part(text(args, 0), skipped + 1, all));
}

enum class Ends { both, left, right };

Value trimmed(std::string_view value, std::string_view set, Ends ends) {
  const auto in_set = [&](std::string_view character) {
    for (std::size_t i = 0; i < set.size(); i += character_size(set, i)) {
      if (set.substr(i, character_size(set, i)) == character) return true;
    }
    return false;
  };
  while (ends != Ends::right && !value.empty() && in_set(value.substr(0, character_size(value, 0)))) {
    value.remove_prefix(character_size(value, 0));
  }
  while (ends != Ends::left && !value.empty()) {
    std::size_t last = value.size() - 1;
    while (last > 0 && continues_character(value[last])) --last;
    if (!in_set(value.substr(last))) break;
    value.remove_suffix(value.size() - last);
  }
  return made(value);
}
Value trim(Args args, Type) { return trimmed(text(args, 0), args.size() > 1 ? text(args, 1) : " ", Ends::both); }
Value trim_left(Args args, Type) { return trimmed(text(args, 0), args.size() > 1 ? text(args, 1) : " ", Ends::left); }
Value trim_right(Args args, Type) { return trimmed(text(args, 0), args.size() > 1 ? text(args, 1) : " ", Ends::right); }

Value replace(Args args, Type) {
  const std::string_view from = text(args, 1);
  if (from.empty()) return args[0];
  std::string result;
  std::string_view rest = text(args, 0);
  for (std::size_t at = rest.find(from); at != std::string_view::npos; at = rest.find(from)) {
    result.append(rest.substr(0, at)).append(text(args, 2));
    check_length(result.size());
    rest.remove_prefix(at + from.size());
  }
  return made(result.append(rest));
}
Value translate(Args args, Type) {
  std::string result;
  const std::string_view value = text(args, 0);
  const std::string_view from = text(args, 1);
  const std::string_view to = text(args, 2);
  for (std::size_t i = 0; i < value.size(); i += character_size(value, i)) {
    const std::string_view character = value.substr(i, character_size(value, i));
    std::size_t number = 0;
    std::size_t at = 0;
    while (at < from.size() && from.substr(at, character_size(from, at)) != character) {
      at += character_size(from, at);
      ++number;
    }
    result += at >= from.size() ? character : part(to, static_cast<std::int64_t>(number) + 1, 1);
  }
  return made(result);
}
Value position(Args args, Type) {
  const std::size_t at = text(args, 0).find(text(args, 1));
  return whole(at == std::string_view::npos ? 0 : characters_in(text(args, 0).substr(0, at)) + 1);
}
Value starts_with(Args args, Type) { return Value::of_bool(text(args, 0).starts_with(text(args, 1))); }

std::string printed(const Value& value) {
  if (value.kind() == TypeKind::boolean) return value.as_bool() ? "t" : "f";
  return print_value(value, {value.kind()});
}
Value concat(Args args, Type) {
  std::string result;
  for (const Value& arg : args) result += arg.is_null() ? "" : printed(arg);
  return made(result);
}
Value concat_with(Args args, Type) {
  if (args[0].is_null()) return {};
  std::string result;
  bool first = true;
  for (const Value& arg : args.subspan(1)) {
    if (arg.is_null()) continue;
    if (!first) result += text(args, 0);
    result += printed(arg);
    first = false;
  }
  return made(result);
}
Value joined(Args args, Type type) {
  std::string result(args[0].as_bytes());
  result += args[1].as_bytes();
  return Value::of_bytes(type.kind, result);
}
// text || anything, anything || text.
Value joined_any(Args args, Type) {
  return made(print_value(args[0], {args[0].kind()}) + print_value(args[1], {args[1].kind()}));
}
Value repeat(Args args, Type) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(args[1].as_int(), 0));
  if (!text(args, 0).empty()) check_length(count > longest_text ? count : text(args, 0).size() * count);
  std::string result;
  for (std::size_t i = 0; i < count && !text(args, 0).empty(); ++i) result += text(args, 0);
  return made(result);
}
Value reverse(Args args, Type) {
  const std::string_view value = text(args, 0);
  std::string result(value.size(), '\0');
  std::size_t left = value.size();
  for (std::size_t i = 0; i < value.size();) {
    const std::string_view character = value.substr(i, character_size(value, i));
    left -= character.size();
    result.replace(left, character.size(), character);
    i += character.size();
  }
  return made(result);
}

std::string filler(std::string_view fill, std::size_t characters) {
  std::string result;
  check_length(characters);
  for (std::size_t i = 0, at = 0; i < characters && !fill.empty(); ++i) {
    const std::size_t size = character_size(fill, at);
    result += fill.substr(at, size);
    at = at + size >= fill.size() ? 0 : at + size;
  }
  return result;
}
Value padded(Args args, bool in_front) {
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(args[1].as_int(), 0));
  const std::string_view value = text(args, 0);
  const std::size_t there = characters_in(value);
  if (there >= wanted) return made(part(value, 1, static_cast<std::int64_t>(wanted)));
  const std::string fill = filler(args.size() > 2 ? text(args, 2) : " ", wanted - there);
  return made(in_front ? fill + std::string(value) : std::string(value) + fill);
}
Value pad_left(Args args, Type) { return padded(args, true); }
Value pad_right(Args args, Type) { return padded(args, false); }

Value split_part(Args args, Type) {
  std::int64_t wanted = args[2].as_int();
  if (wanted == 0) throw EvalError("22023", "field position must not be zero");
  std::vector<std::string_view> parts;
  std::string_view rest = text(args, 0);
  const std::string_view by = text(args, 1);
  for (std::size_t at = by.empty() ? std::string_view::npos : rest.find(by); at != std::string_view::npos;
       at = rest.find(by)) {
    parts.push_back(rest.substr(0, at));
    rest.remove_prefix(at + by.size());
  }
  parts.push_back(rest);
  const auto count = static_cast<std::int64_t>(parts.size());
  if (wanted < 0) wanted += count + 1;
  return made(wanted < 1 || wanted > count ? "" : parts[static_cast<std::size_t>(wanted - 1)]);
}

Value ascii(Args args, Type) {
  const std::string_view value = text(args, 0);
  if (value.empty()) return whole(0);
  const std::size_t size = character_size(value, 0);
  auto code = static_cast<std::uint32_t>(static_cast<unsigned char>(value[0]));
  if (size > 1) code &= 0xFFU >> (size + 1);
  for (std::size_t i = 1; i < size; ++i) code = code << 6U | (static_cast<unsigned char>(value[i]) & 0x3FU);
  return whole(code);
}
Value to_hex(Args args, Type) {
  static constexpr const char* digits = "0123456789abcdef";
  auto rest = static_cast<std::uint64_t>(args[0].as_int());
  if (args[0].kind() == TypeKind::integer) rest &= 0xFFFFFFFFU;
  std::string result;
  do {
    result.insert(result.begin(), digits[rest % 16]);
    rest /= 16;
  } while (rest > 0);
  return made(result);
}

}  // namespace

void add_text_functions(Tables& tables) {
  auto& functions = tables.functions;
  const TypeKind t = TypeKind::text;
  const TypeKind n = TypeKind::integer;
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"lower", lower},
                                       {"upper", upper},
                                       {"initcap", initcap},
                                       {"reverse", reverse},
                                       {"btrim", trim},
                                       {"ltrim", trim_left},
                                       {"rtrim", trim_right}}) {
    functions.push_back({name, {t}, t, evaluate});
  }
  for (const char* name : {"length", "char_length", "character_length"}) functions.push_back({name, {t}, n, length});
  functions.push_back({"length", {TypeKind::bytea}, n, octets});
  for (const TypeKind type : {t, TypeKind::bytea}) {
    functions.push_back({"octet_length", {type}, n, octets});
    functions.push_back({"bit_length", {type}, n, bits});
    tables.operators.push_back({"||", {type, type}, type, joined});
  }
  for (const char* name : {"substr", "substring"}) {
    functions.push_back({name, {t, n}, t, substring_from});
    functions.push_back({name, {t, n, n}, t, substring, true});
  }
  for (const auto& [name, evaluate] :
       {std::pair<const char*, Evaluate>{"btrim", trim}, {"ltrim", trim_left}, {"rtrim", trim_right}}) {
    functions.push_back({name, {t, t}, t, evaluate});
  }
  functions.push_back({"left", {t, n}, t, left});
  functions.push_back({"right", {t, n}, t, right});
  functions.push_back({"replace", {t, t, t}, t, replace, true});
  functions.push_back({"translate", {t, t, t}, t, translate});
  functions.push_back({"strpos", {t, t}, n, position});
  functions.push_back({"position", {t, t}, n, position});
  functions.push_back({"starts_with", {t, t}, TypeKind::boolean, starts_with});
  functions.push_back({"concat", {Pseudo::any}, t, concat, false, false, true});
  functions.push_back({"concat_ws", {t, Pseudo::any}, t, concat_with, false, false, true});
  functions.push_back({"repeat", {t, n}, t, repeat, true});
  functions.push_back({"lpad", {t, n}, t, pad_left, true});
  functions.push_back({"lpad", {t, n, t}, t, pad_left, true});
  functions.push_back({"rpad", {t, n}, t, pad_right, true});
  functions.push_back({"rpad", {t, n, t}, t, pad_right, true});
  functions.push_back({"split_part", {t, t, n}, t, split_part, true});
  functions.push_back({"ascii", {t}, n, ascii});
  functions.push_back({"to_hex", {n}, t, to_hex});
  functions.push_back({"to_hex", {TypeKind::bigint}, t, to_hex});
  tables.operators.push_back({"^@", {t, t}, TypeKind::boolean, starts_with});
  for (const TypeKind other : {TypeKind::boolean, n, TypeKind::bigint, TypeKind::real8, TypeKind::numeric,
                               TypeKind::date, TypeKind::timestamp, TypeKind::timestamptz, TypeKind::interval}) {
    tables.operators.push_back({"||", {t, other}, t, joined_any});
    tables.operators.push_back({"||", {other, t}, t, joined_any});
  }
}

}  // namespace laterbase::sql
