#pragma once

#include <string>
#include <string_view>

// Double precision as PostgreSQL reads and prints it.
namespace laterbase::sql {

// The shortest digits that read back as the same number; with an exponent below 1e-4 and from 1e15 on.
std::string print_real(double value);
// Errors: EvalError 22P02, 22003.
double parse_real(std::string_view text);

}  // namespace laterbase::sql
