#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/library/codec.h"

// A program's functions as a reducer (engine/folds/reducer.h).
namespace laterbase::library {

// Changes with the program or shared object that holds this address, and with nothing else.
std::uint64_t code_identity(const void* address);

// What a key function may give: a text, a number, perhaps nothing, or several.
inline std::vector<std::string> as_keys(std::vector<std::string> keys) { return keys; }
inline std::vector<std::string> as_keys(std::string key) { return {std::move(key)}; }
inline std::vector<std::string> as_keys(const char* key) { return {key}; }
inline std::vector<std::string> as_keys(std::string_view key) { return {std::string(key)}; }
template <std::integral Number>
std::vector<std::string> as_keys(Number key) {
  return {std::to_string(key)};
}
template <typename Key>
std::vector<std::string> as_keys(std::optional<Key> key) {
  return key ? as_keys(std::move(*key)) : std::vector<std::string>{};
}

// A function of what comes first and perhaps of the raw event: its key, its times.
template <typename Function, typename... First>
decltype(auto) call(const Function& function, const Event& event, First&&... first) {
  if constexpr (std::is_invocable_v<const Function&, First..., const Event&>)
    return function(std::forward<First>(first)..., event);
  else
    return function(std::forward<First>(first)...);
}

template <typename State, typename T, typename Codec, typename StateCodec, typename KeyOf, typename Apply>
class TypedReducer final : public folds::Reducer {
 public:
  TypedReducer(Codec codec, StateCodec states, KeyOf key_of, Apply apply)
      : codec_(std::move(codec)), states_(std::move(states)), key_of_(std::move(key_of)), apply_(std::move(apply)) {}

  std::uint64_t identity() const override {
    static const std::uint64_t identity = code_identity(reinterpret_cast<const void*>(&TypedReducer::here));
    return identity;
  }

  std::unique_ptr<folds::Input> read(const Event& event) const override {
    return std::make_unique<Read>(codec_.decode(event), event);
  }
  std::vector<std::string> keys_of(const folds::Input& input) const override {
    const auto& read = static_cast<const Read&>(input);
    return as_keys(call(key_of_, read.event, read.value));
  }

  std::unique_ptr<folds::State> initial(const std::string&) const override { return std::make_unique<Held>(); }
  std::unique_ptr<folds::State> copy(const folds::State& state) const override {
    return std::make_unique<Held>(static_cast<const Held&>(state));
  }
  void apply(folds::State& state, const std::string&, const folds::Input& input) const override {
    const auto& read = static_cast<const Read&>(input);
    call(apply_, read.event, static_cast<Held&>(state).value, read.value);
  }

  std::string show(const folds::State& state) const override {
    return states_.show(static_cast<const Held&>(state).value);
  }
  std::string save(const folds::State& state) const override {
    return states_.save(static_cast<const Held&>(state).value);
  }
  std::unique_ptr<folds::State> load(std::string_view bytes) const override {
    auto held = std::make_unique<Held>();
    held->value = states_.load(bytes);
    return held;
  }

 private:
  using Value = State;  // in Held, State is another
  struct Held final : folds::State {
    Value value{};
  };
  struct Read final : folds::Input {
    Read(T read, const Event& from) : value(std::move(read)), event(from) {}
    T value;
    const Event& event;  // which lives as long
  };
  static void here() {}

  Codec codec_;
  StateCodec states_;
  KeyOf key_of_;
  Apply apply_;
};

template <typename State, typename T, typename Codec, typename StateCodec, typename KeyOf, typename Apply>
std::shared_ptr<const folds::Reducer> make_reducer(Codec codec, StateCodec states, KeyOf key_of, Apply apply) {
  return std::make_shared<TypedReducer<State, T, Codec, StateCodec, KeyOf, Apply>>(std::move(codec), std::move(states),
                                                                                   std::move(key_of), std::move(apply));
}

}  // namespace laterbase::library
