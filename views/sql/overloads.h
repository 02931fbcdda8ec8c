#pragma once

#include <optional>
#include <vector>

#include "views/sql/function.h"

// Which of the functions of one name is meant: PostgreSQL's func_select_candidate().
namespace laterbase::sql {

// A function as it is called: polymorphic types are found, variadic arguments are spread.
struct Overload {
  const Function* function = nullptr;
  std::vector<ivm::Type> args;  // one for each argument given; unknown where anything goes
  ivm::Type result;
};

std::optional<Overload> exact_overload(const std::vector<const Function*>& candidates,
                                       const std::vector<ivm::Type>& types);
// Nothing where none fits, or, `ambiguous`, where several do and none is better.
std::optional<Overload> choose_overload(const std::vector<const Function*>& candidates,
                                        const std::vector<ivm::Type>& types, bool& ambiguous);

}  // namespace laterbase::sql
