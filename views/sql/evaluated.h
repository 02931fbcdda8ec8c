#pragma once

#include "engine/ivm/expression.h"
#include "views/sql/error.h"

namespace laterbase::sql {

// What the modules that know no rows throw (SqlException) as what a row raises (EvalError).
template <typename Read>
auto evaluated(const Read& read) {
  try {
    return read();
  } catch (const SqlException& error) {
    throw ivm::EvalError(error.sqlstate().c_str(), error.what());
  }
}

}  // namespace laterbase::sql
