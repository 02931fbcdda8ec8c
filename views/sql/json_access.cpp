#include <algorithm>
#include <charconv>

#include "views/sql/json_value.h"

// What is inside a JSON document.
namespace laterbase::sql {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string_view without_zeros(std::string_view number) {
  if (number.find('.') == std::string_view::npos) return number;
  while (number.back() == '0') number.remove_suffix(1);
  if (number.back() == '.') number.remove_suffix(1);
  return number;
}

bool is_scalar(const JsonValue& value) {
  return value.kind != JsonValue::Kind::array && value.kind != JsonValue::Kind::object;
}

bool array_contains(const JsonValue& whole, const JsonValue& part) {
  return std::all_of(part.items.begin(), part.items.end(), [&](const JsonValue& wanted) {
    return std::any_of(whole.items.begin(), whole.items.end(), [&](const JsonValue& item) {
      return is_scalar(wanted) ? json_equal(item, wanted) : item.kind == wanted.kind && json_contains(item, wanted);
    });
  });
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  if (kind != Kind::object) return nullptr;
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

const JsonValue* JsonValue::at(std::int64_t index) const {
  if (kind != Kind::array) return nullptr;
  const auto size = static_cast<std::int64_t>(items.size());
  if (index < -size || index >= size) return nullptr;
  return &items[static_cast<std::size_t>(index < 0 ? index + size : index)];
}

std::optional<std::string> plain_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto value = whole_number(digits);
    if (!value || *value > 100'000 || *value < -16'383) return std::nullopt;
    exponent = *value;
    text = text.substr(0, e);
  }
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  std::int64_t scale = 0;
  if (point != std::string_view::npos) {
    digits += text.substr(point + 1);
    scale = static_cast<std::int64_t>(text.size() - point - 1);
  }
  scale -= exponent;
  if (scale < 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  const std::size_t leading = std::min(digits.find_first_not_of('0'), digits.size() - places - 1);
  digits.erase(0, leading);
  const bool zero = digits.find_first_not_of('0') == std::string::npos;
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  return negative && !zero ? "-" + digits : digits;
}

std::string json_type_name(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null:
      return "null";
    case JsonValue::Kind::boolean:
      return "boolean";
    case JsonValue::Kind::number:
      return "number";
    case JsonValue::Kind::string:
      return "string";
    case JsonValue::Kind::array:
      return "array";
    case JsonValue::Kind::object:
      return "object";
  }
  return {};
}

const JsonValue* json_path(const JsonValue& value, const std::vector<std::string>& path) {
  const JsonValue* at = &value;
  for (const std::string& step : path) {
    if (at->kind == JsonValue::Kind::object) {
      at = at->find(step);
    } else {
      const auto index = whole_number(step);
      at = index ? at->at(*index) : nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::optional<std::string> json_text(const JsonValue* value) {
  if (value == nullptr || value->kind == JsonValue::Kind::null) return std::nullopt;
  return value->kind == JsonValue::Kind::string ? value->text : print_json(*value);
}

bool json_equal(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
  if (a.kind == JsonValue::Kind::number) return without_zeros(a.text) == without_zeros(b.text);
  if (a.flag != b.flag || a.text != b.text) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!json_equal(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    if (a.members[i].first != b.members[i].first || !json_equal(a.members[i].second, b.members[i].second)) return false;
  }
  return true;
}

bool json_contains(const JsonValue& whole, const JsonValue& part) {
  // An array contains a scalar that is one of its items, at the top.
  if (whole.kind == JsonValue::Kind::array && is_scalar(part)) {
    return std::any_of(whole.items.begin(), whole.items.end(),
                       [&](const JsonValue& item) { return json_equal(item, part); });
  }
  if (whole.kind != part.kind) return false;
  if (whole.kind == JsonValue::Kind::array) return array_contains(whole, part);
  if (whole.kind != JsonValue::Kind::object) return json_equal(whole, part);
  return std::all_of(part.members.begin(), part.members.end(), [&](const auto& member) {
    const JsonValue* inside = whole.find(member.first);
    return inside != nullptr && inside->kind == member.second.kind && json_contains(*inside, member.second);
  });
}

}  // namespace laterbase::sql
