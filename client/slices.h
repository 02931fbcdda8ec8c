#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Parts of JSON as the bytes that they were written with, which a parser and printer would not give back.
namespace laterbase::client {

// Whether it is one JSON value and nothing else. Any depth. Cost: linear.
bool is_json(std::string_view text);

// The elements of a JSON array, or nothing where it is no array.
std::optional<std::vector<std::string_view>> array_slices(std::string_view json);

using Members = std::vector<std::pair<std::string_view, std::string_view>>;  // name with its quotes, value

// The members of a JSON object, or nothing where it is no object.
std::optional<Members> member_slices(std::string_view json);

}  // namespace laterbase::client
