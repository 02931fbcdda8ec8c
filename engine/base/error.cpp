#include "engine/base/error.h"

#include "engine/base/invariant.h"

namespace laterbase {

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
  invariant_failed("value() of a Result that holds an error", error.detail.c_str(), location.file_name(),
                   static_cast<int>(location.line()));
}

}  // namespace laterbase
