#pragma once

#include <string>

#include "engine/base/error.h"

namespace laterbase {

// Which trouble an errno of a file operation is.
FailureCode failure_code_of(int error) noexcept;

// "PATH WHAT: the system's words", with the code that the errno means.
[[noreturn]] void throw_system_failure(int error, const std::string& path, const std::string& what);

}  // namespace laterbase
