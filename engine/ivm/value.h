#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ivm/type.h"

// One value of a column, outside a row: what expressions take and give. 24 bytes; numbers and times are inside, bytes
// are either borrowed from a row (and live as long as it) or owned and shared by reference count.
//
// Order and equality are PostgreSQL's: NaN = NaN and above all numbers, -0.0 = 0.0, numeric 1.0 = 1.00, interval
// '1 month' = '30 days', NULLs equal to each other and last (what GROUP BY and ORDER BY want; `=` with its unknowns
// is the expression's). Only values of one kind are compared, except integer with bigint.
// Threads: values may be copied and read on any thread.
namespace laterbase::ivm {

class Decimal;

struct Interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t microseconds = 0;

  friend bool operator==(const Interval&, const Interval&) = default;  // the same fields; compare() knows equal lengths
};

class Value {
 public:
  Value() noexcept = default;  // NULL
  ~Value() { release(); }
  Value(const Value& other) noexcept { take(other); }
  Value(Value&& other) noexcept { swap(other); }
  Value& operator=(Value other) noexcept {
    swap(other);
    return *this;
  }
  void swap(Value& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(owned_, other.owned_);
    std::swap(size_, other.size_);
    std::swap(word_, other.word_);
    std::swap(extra_, other.extra_);
  }

  static Value null() noexcept { return {}; }
  static Value of_bool(bool value) noexcept { return {TypeKind::boolean, value}; }
  static Value of_integer(std::int32_t value) noexcept { return {TypeKind::integer, value}; }
  static Value of_bigint(std::int64_t value) noexcept { return {TypeKind::bigint, value}; }
  static Value of_double(double value) noexcept;
  static Value of_numeric(const Decimal& value);
  static Value of_interval(Interval value) noexcept;
  static Value of_array(const std::vector<Value>& elements);
  // Times: microseconds, or days for dates. Also any other kind that is_fixed_width, by its slot's word.
  static Value of_word(TypeKind kind, std::int64_t word) noexcept { return {kind, word}; }
  // text, bytea, jsonb, and the encodings of numeric and array: a copy, or borrowed for as long as the bytes live.
  static Value of_bytes(TypeKind kind, std::string_view bytes);
  static Value borrow(TypeKind kind, std::string_view bytes) noexcept;
  static Value of_text(std::string_view bytes) { return of_bytes(TypeKind::text, bytes); }

  TypeKind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == TypeKind::unknown; }

  // Each asks for a value of that kind; anything else is a bug.
  bool as_bool() const noexcept { return word_ != 0; }
  std::int64_t as_int() const noexcept { return word_; }  // integer, bigint, times, dates
  std::int64_t word() const noexcept { return word_; }
  double as_double() const noexcept {
    double value;
    std::memcpy(&value, &word_, sizeof value);
    return value;
  }
  std::string_view as_bytes() const noexcept { return {reinterpret_cast<const char*>(word_), size_}; }
  std::string_view as_text() const noexcept { return as_bytes(); }
  Decimal as_decimal() const;
  Interval as_interval() const noexcept;
  std::vector<Value> as_array() const;  // elements are owned, or borrowed from this value's owner: keep the value

  // The same value that borrows nothing.
  Value owned() const;

 private:
  struct Shared {
    std::atomic<std::uint32_t> references;
  };

  Value(TypeKind kind, std::int64_t word) noexcept : kind_(kind), word_(word) {}
  void take(const Value& other) noexcept {
    std::memcpy(static_cast<void*>(this), &other, sizeof *this);
    if (owned_) shared()->references.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    if (owned_ && shared()->references.fetch_sub(1, std::memory_order_acq_rel) == 1) free_shared();
  }
  Shared* shared() const noexcept { return reinterpret_cast<Shared*>(extra_); }
  void free_shared() noexcept;

  TypeKind kind_ = TypeKind::unknown;
  bool owned_ = false;
  std::uint32_t size_ = 0;  // of bytes
  std::int64_t word_ = 0;   // the number, or where the bytes are
  std::int64_t extra_ = 0;  // the owner of the bytes, or an interval's months and days
};

// PostgreSQL's order of values of one kind, NULL last.
std::strong_ordering compare(const Value& left, const Value& right) noexcept;
inline bool operator==(const Value& left, const Value& right) noexcept { return compare(left, right) == 0; }

// Agrees with ==.
std::uint64_t hash_of(const Value& value) noexcept;

// The one form that stands for all values equal to it (-0.0 becomes 0.0, 1.00 becomes 1): for keys.
Value canonical(const Value& value);

// Kinds of which equal values can look different: numeric, interval, arrays of them.
bool has_representations(Type type) noexcept;

// For people: EXPLAIN, messages, tests.
std::string to_text(const Value& value);

}  // namespace laterbase::ivm
