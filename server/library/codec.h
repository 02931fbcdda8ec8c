#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/events/event.h"
#include "engine/folds/reducer.h"

// Events and states between bytes and a program's own types. A codec is a type with these two members; the one below is
// what is used where none is named, and it wants what nlohmann::json wants: a to_json and a from_json, such as
// NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Load, kg, stops) writes.
namespace laterbase {

// An event that can't be decoded: throw it out of a codec. The event is passed over, counted and listed.
using Undecodable = folds::Undecodable;

template <typename T>
struct JsonCodec {
  T decode(const Event& event) const {
    if (!event.is_json) throw Undecodable("its value is not JSON");
    try {
      return nlohmann::json::parse(event.value).template get<T>();
    } catch (const nlohmann::json::exception& trouble) {
      throw Undecodable(trouble.what());
    }
  }
  std::string encode(const T& value) const { return nlohmann::json(value).dump(); }
};

// Events as they are.
template <>
struct JsonCodec<Event> {
  const Event& decode(const Event& event) const { return event; }
};

// States: all that a state is, there and back; and what of it is shown, which is JSON.
template <typename State>
struct JsonState {
  State load(std::string_view bytes) const { return nlohmann::json::parse(bytes).template get<State>(); }
  std::string save(const State& state) const { return nlohmann::json(state).dump(); }
  std::string show(const State& state) const { return nlohmann::json(state).dump(); }
};

// An event's JSON. Errors: Undecodable.
inline nlohmann::json json_of(const Event& event) { return JsonCodec<nlohmann::json>{}.decode(event); }

}  // namespace laterbase
