#include <csignal>
#include <stdexcept>

#include "server/laterbase_plugin.h"

// Plug-ins that must be refused, one for each way.
namespace {

enum class Broken { abi_, entry_, segfault_, throw_ };
constexpr Broken broken = Broken::BROKEN_BY;

const laterbase_plugin plugin = {
    broken == Broken::abi_ ? 77U : laterbase_plugin_abi, "broken", "1", nullptr, 0, nullptr, 0};

}  // namespace

extern "C" const laterbase_plugin* laterbase_plugin_entry() {
  if (broken == Broken::segfault_) std::raise(SIGSEGV);
  if (broken == Broken::throw_) throw std::runtime_error("no");
  return broken == Broken::entry_ ? nullptr : &plugin;
}
