#pragma once

#include <cstddef>
#include <string_view>

// What a statement's text may be, checked before the parser sees it: the parser and everything after it recurse, and
// a text of a million parentheses must be an answer and not the end of the process.
namespace laterbase::sql {

inline constexpr std::size_t longest_text_bytes = std::size_t{4} << 20;
inline constexpr int deepest_nesting = 64;              // parentheses and brackets in each other
inline constexpr int longest_expression_tokens = 4000;  // words and operators between two commas of one level

// Errors: SqlException 54000 (too long), 54001 (too deep), 22021 (a zero byte or bytes that are not UTF-8).
void check_text(std::string_view text);

}  // namespace laterbase::sql
