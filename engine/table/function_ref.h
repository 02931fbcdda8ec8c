#pragma once

#include <type_traits>
#include <utility>

namespace laterbase::worktable {

template <typename Signature>
class FunctionRef;

// A parameter that is a function of any kind, called before the call it was given to returns. Lifetime: that of the
// function it was made of. Cost: an indirect call, and never an allocation.
template <typename Answer, typename... Given>
class FunctionRef<Answer(Given...)> {
 public:
  template <typename Function>
  requires(!std::is_same_v<std::remove_cvref_t<Function>, FunctionRef> &&
           std::is_invocable_r_v<Answer, Function&, Given...>) FunctionRef(Function&& function)
  noexcept  // NOLINT(google-explicit-constructor): a lambda is to be one
      : function_(const_cast<void*>(static_cast<const void*>(&function))),
        call_([](void* at, Given... given) -> Answer {
          return (*static_cast<std::remove_reference_t<Function>*>(at))(std::forward<Given>(given)...);
        }) {}

  Answer operator()(Given... given) const { return call_(function_, std::forward<Given>(given)...); }

 private:
  void* function_;
  Answer (*call_)(void*, Given...);
};

}  // namespace laterbase::worktable
