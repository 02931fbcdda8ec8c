#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Guessing what was meant.
namespace laterbase::config {

// The candidate that was probably meant, or nothing where none is near. Dotted names are compared as a whole and by
// their last part, without regard to case.
std::optional<std::string> nearest(std::string_view given, const std::vector<std::string>& candidates);

// "; did you mean limits.max_body?", or nothing.
std::string did_you_mean(std::string_view given, const std::vector<std::string>& candidates);

// Damerau's distance with adjacent transpositions: letters added, left out, changed or swapped.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace laterbase::config
