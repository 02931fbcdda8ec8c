#include "engine/ivm/budget.h"

#include <fmt/format.h>
#include <time.h>

#include "engine/ivm/expression.h"

namespace laterbase::ivm {
namespace {

// Of this thread: a machine that has much else to do is no reason to refuse anything.
std::int64_t spent_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

constexpr const char* advice = "join by a condition, filter earlier, or make a view of a part of it";

}  // namespace

Budget::Budget(const BudgetLimits& limits) : limits_(limits), is_outermost_(in_force_ == nullptr) {
  if (is_outermost_) in_force_ = this;
}

Budget::~Budget() {
  if (is_outermost_) in_force_ = nullptr;
}

void Budget::check(std::size_t bytes) {
  used_ += bytes;
  if (used_ > limits_.bytes)
    throw EvalError("53200", fmt::format("{}: over {} MB of rows on the way; {}", spent, limits_.bytes >> 20, advice));
  // Its time begins when it is first asked: to look at the clock costs as much as a whole small step.
  if (until_us_ == 0)
    until_us_ = spent_us() + limits_.ms * 1'000;
  else if (spent_us() > until_us_)
    throw EvalError("57014", fmt::format("{}: over {} s; {}", spent, limits_.ms / 1'000, advice));
}

}  // namespace laterbase::ivm
