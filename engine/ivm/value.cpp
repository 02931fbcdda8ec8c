#include "engine/ivm/value.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>
#include <new>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/ivm/decimal.h"
#include "engine/ivm/jsonb_order.h"

namespace laterbase::ivm {
namespace {

__extension__ using Wide = __int128;  // months as days and microseconds: beyond 64 bits

Wide length_of(Interval interval) noexcept {
  constexpr Wide day = 86'400'000'000;
  return (Wide{interval.months} * 30 + interval.days) * day + interval.microseconds;
}

std::strong_ordering order_of(double left, double right) noexcept {
  if (std::isnan(left) || std::isnan(right)) return std::isnan(left) <=> std::isnan(right);
  if (left < right) return std::strong_ordering::less;
  return left > right ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering order_of(const std::vector<Value>& left, const std::vector<Value>& right) noexcept {
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
    if (const auto order = compare(left[i], right[i]); order != 0) return order;
  }
  return left.size() <=> right.size();
}

double canonical_double(double value) noexcept {
  if (std::isnan(value)) return std::numeric_limits<double>::quiet_NaN();
  return value == 0 ? 0.0 : value;
}

// As many months and days as there are whole ones: what an interval's length looks like.
Interval canonical_interval(Interval interval) noexcept {
  constexpr Wide day = 86'400'000'000;
  const Wide length = length_of(interval);
  const Wide days = length / day;
  return {static_cast<std::int32_t>(days / 30), static_cast<std::int32_t>(days % 30),
          static_cast<std::int64_t>(length % day)};
}

Value canonical_array(const Value& array) {
  std::vector<Value> elements = array.as_array();
  for (Value& element : elements) element = canonical(element);
  return Value::of_array(elements);
}

void encode_element(const Value& element, std::string& to) {
  to.push_back(static_cast<char>(element.kind()));
  if (element.is_null()) return;
  if (is_fixed_width(element.kind())) return append_le(to, element.word());
  if (element.kind() == TypeKind::interval) {
    const Interval interval = element.as_interval();
    append_le(to, std::uint32_t{sizeof interval});
    append_le(to, interval);
    return;
  }
  append_le(to, static_cast<std::uint32_t>(element.as_bytes().size()));
  to += element.as_bytes();
}

std::string array_text(const Value& array) {
  std::string text = "{";
  for (const Value& element : array.as_array()) {
    if (text.size() > 1) text += ',';
    text += to_text(element);
  }
  return text + "}";
}

std::string hex_text(std::string_view bytes) {
  std::string text = "\\x";
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

Value Value::of_double(double value) noexcept {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  return {TypeKind::real8, std::bit_cast<std::int64_t>(value)};
}

Value Value::of_numeric(const Decimal& value) { return of_bytes(TypeKind::numeric, value.encode()); }

Value Value::of_interval(Interval value) noexcept {
  Value made{TypeKind::interval, value.microseconds};
  made.extra_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(value.months)) << 32 |
                                          static_cast<std::uint32_t>(value.days));
  return made;
}

Value Value::of_array(const std::vector<Value>& elements) {
  std::string encoded;
  append_le(encoded, static_cast<std::uint32_t>(elements.size()));
  for (const Value& element : elements) encode_element(element, encoded);
  return of_bytes(TypeKind::array, encoded);
}

Value Value::of_bytes(TypeKind kind, std::string_view bytes) {
  if (kind == TypeKind::interval) return borrow(kind, bytes);
  void* memory = ::operator new(sizeof(Shared) + bytes.size());
  auto* shared = new (memory) Shared{1};
  char* at = static_cast<char*>(memory) + sizeof(Shared);
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  Value made{kind, reinterpret_cast<std::int64_t>(at)};
  made.owned_ = true;
  made.size_ = static_cast<std::uint32_t>(bytes.size());
  made.extra_ = reinterpret_cast<std::int64_t>(shared);
  return made;
}

Value Value::borrow(TypeKind kind, std::string_view bytes) noexcept {
  if (kind == TypeKind::interval) return of_interval(load_le<Interval>(bytes.data()));
  Value made{kind, reinterpret_cast<std::int64_t>(bytes.data())};
  made.size_ = static_cast<std::uint32_t>(bytes.size());
  return made;
}

void Value::free_shared() noexcept { ::operator delete(static_cast<void*>(shared())); }

Decimal Value::as_decimal() const { return Decimal::decode(as_bytes()); }

Interval Value::as_interval() const noexcept {
  return {static_cast<std::int32_t>(extra_ >> 32), static_cast<std::int32_t>(extra_), word_};
}

std::vector<Value> Value::as_array() const {
  const char* at = as_bytes().data();
  std::vector<Value> elements(load_le<std::uint32_t>(at));
  at += sizeof(std::uint32_t);
  for (Value& element : elements) {
    const auto kind = static_cast<TypeKind>(*at++);
    if (kind == TypeKind::unknown) continue;
    if (is_fixed_width(kind)) {
      element = of_word(kind, load_le<std::int64_t>(at));
      at += sizeof(std::int64_t);
      continue;
    }
    const auto size = load_le<std::uint32_t>(at);
    element = borrow(kind, {at + sizeof size, size});
    at += sizeof size + size;
  }
  return elements;
}

Value Value::owned() const {
  if (owned_ || is_fixed_width(kind_) || kind_ == TypeKind::interval) return *this;
  return of_bytes(kind_, as_bytes());
}

std::strong_ordering compare(const Value& left, const Value& right) noexcept {
  if (left.is_null() || right.is_null()) return left.is_null() <=> right.is_null();
  switch (left.kind()) {
    case TypeKind::real8:
      return order_of(left.as_double(), right.as_double());
    case TypeKind::numeric:
      return left.as_decimal() <=> right.as_decimal();
    case TypeKind::interval:
      return length_of(left.as_interval()) <=> length_of(right.as_interval());
    case TypeKind::array:
      return order_of(left.as_array(), right.as_array());
    case TypeKind::jsonb:
      return compare_jsonb(left.as_bytes(), right.as_bytes());
    case TypeKind::text:
    case TypeKind::bytea:
      return left.as_bytes() <=> right.as_bytes();
    default:
      return left.word() <=> right.word();
  }
}

std::uint64_t hash_of(const Value& value) noexcept {
  if (value.is_null()) return 0;
  if (is_fixed_width(value.kind())) {
    const std::int64_t word = value.kind() == TypeKind::real8
                                  ? std::bit_cast<std::int64_t>(canonical_double(value.as_double()))
                                  : value.word();
    return hash64({reinterpret_cast<const char*>(&word), sizeof word});
  }
  const Value key = canonical(value);
  if (value.kind() != TypeKind::interval) return hash64(key.as_bytes());
  const Interval interval = key.as_interval();
  return hash64({reinterpret_cast<const char*>(&interval), sizeof interval});
}

Value canonical(const Value& value) {
  switch (value.kind()) {
    case TypeKind::real8:
      return Value::of_double(canonical_double(value.as_double()));
    case TypeKind::numeric:
      return Value::of_numeric(value.as_decimal().normalised());
    case TypeKind::interval:
      return Value::of_interval(canonical_interval(value.as_interval()));
    case TypeKind::array:
      return canonical_array(value);
    case TypeKind::jsonb:
      return Value::of_bytes(TypeKind::jsonb, canonical_jsonb(value.as_bytes()));
    default:
      return value;
  }
}

bool has_representations(Type type) noexcept {
  const TypeKind kind = type.kind == TypeKind::array ? type.element : type.kind;
  return kind == TypeKind::numeric || kind == TypeKind::interval || kind == TypeKind::jsonb;
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case TypeKind::unknown:
      return "NULL";
    case TypeKind::boolean:
      return value.as_bool() ? "true" : "false";
    case TypeKind::real8:
      return fmt::format("{}", value.as_double());
    case TypeKind::numeric:
      return value.as_decimal().to_string();
    case TypeKind::text:
    case TypeKind::jsonb:
      return std::string(value.as_bytes());
    case TypeKind::bytea:
      return hex_text(value.as_bytes());
    case TypeKind::array:
      return array_text(value);
    case TypeKind::interval: {
      const Interval interval = value.as_interval();
      return fmt::format("{} mons {} days {} us", interval.months, interval.days, interval.microseconds);
    }
    default:
      return std::to_string(value.word());
  }
}

}  // namespace laterbase::ivm
