#pragma once

#include <compare>
#include <string>
#include <string_view>

// The order of JSONB values, from their canonical text: objects, arrays, booleans, numbers, strings, null, from the
// greatest; containers by their size, then one by one; numbers by value, strings byte by byte.
namespace laterbase::ivm {

std::strong_ordering compare_jsonb(std::string_view left, std::string_view right);

// One text for equal values: numbers without trailing zeros behind the point.
std::string canonical_jsonb(std::string_view text);

}  // namespace laterbase::ivm
