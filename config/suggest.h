#pragma once

#include <string>
#include <string_view>
#include <vector>

// Guessing what was meant.
namespace laterbase::config {

// "; did you mean limits.max_body?", or nothing where no candidate is near. Dotted names are compared as a whole and by
// their last part, without regard to case.
std::string did_you_mean(std::string_view given, const std::vector<std::string>& candidates);

// Damerau's distance with adjacent transpositions: letters added, left out, changed or swapped.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace laterbase::config
