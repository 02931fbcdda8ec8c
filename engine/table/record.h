#pragma once

#include "engine/table/shape.h"

namespace laterbase::worktable {

// A row as a value: its columns in the order of the declaration, by name or by structured binding.
template <typename S>
class Record {
 public:
  using Shape = S;
  using Values = typename S::Values;

  Record() = default;
  explicit Record(Values values) : values_(std::move(values)) {}

  template <Name N>
  auto& get() {
    return std::get<S::template number<N>>(values_);
  }
  template <Name N>
  const auto& get() const {
    return std::get<S::template number<N>>(values_);
  }
  Values& values() noexcept { return values_; }
  const Values& values() const noexcept { return values_; }
  bool operator==(const Record&) const = default;

 private:
  Values values_{};
};

}  // namespace laterbase::worktable
