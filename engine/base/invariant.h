#pragma once

// A condition that only a bug can break. On in release builds too: a process that no longer knows what it is doing
// stops before it writes. Never used on bytes from outside.
namespace laterbase {

[[noreturn]] void invariant_failed(const char* condition, const char* message, const char* file, int line) noexcept;

}  // namespace laterbase

// The one macro of the project: it needs the condition's text and place.
#define LATERBASE_INVARIANT(condition, message) \
  ((condition) ? void(0) : ::laterbase::invariant_failed(#condition, message, __FILE__, __LINE__))
