#include "engine/events/append.h"

#include "engine/base/invariant.h"

namespace laterbase {

void throw_exception_from_error(const AppendError& error, const boost::source_location& location) {
  invariant_failed("value() of an AppendResult that holds an error", error.detail.c_str(), location.file_name(),
                   static_cast<int>(location.line()));
}

}  // namespace laterbase
