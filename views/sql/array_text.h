#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Arrays as text: {1,2,NULL,"a b"}.
namespace laterbase::sql {

// The elements' texts, nothing for NULL. Errors: EvalError 22P02; 0A000 for more than one dimension.
std::vector<std::optional<std::string>> split_array(std::string_view text);
std::string join_array(const std::vector<std::optional<std::string>>& elements);

}  // namespace laterbase::sql
