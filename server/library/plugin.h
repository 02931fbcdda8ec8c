#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "server/laterbase_plugin.h"
#include "server/library/typed_reducer.h"

// Typed functions as the tables of laterbase_plugin.h. A plug-in needs nothing but headers:
//
//   const laterbase_fold folds[] = {laterbase::plugin_fold<Load, Scan>(
//       "trucks", "load_by_truck", [](const Scan& scan) { return scan.truck; },
//       [](Load& load, const Scan& scan) { load.kg += scan.kg; })};
//   const laterbase_plugin plugin = {laterbase_plugin_abi, "loads", "1", folds, 1, nullptr, 0};
//   extern "C" const laterbase_plugin* laterbase_plugin_entry() { return &plugin; }
//
// The functions capture nothing: what they are made of is their type.
namespace laterbase {
namespace library {

inline void put(const laterbase_sink& sink, std::string_view text) { sink.put(sink.context, text.data(), text.size()); }

inline Event event_of(const laterbase_event& from) {
  Event event;
  event.key = {from.key_high, from.key_low};
  event.value = {from.value, from.size};
  event.is_json = from.is_json != 0;
  return event;
}

template <typename Call>
int guarded(const laterbase_sink& words, const Call& call) noexcept {
  try {
    call();
    return 0;
  } catch (const Undecodable& trouble) {
    return put(words, trouble.what()), 1;
  } catch (const std::exception& trouble) {
    return put(words, trouble.what()), 2;
  } catch (...) {
    return put(words, "something that is no std::exception"), 2;
  }
}

template <typename State, typename T, typename KeyOf, typename Apply, typename Codec, typename StateCodec>
struct PluginFold {
  static int keys(const laterbase_event* from, laterbase_sink keys, laterbase_sink words) {
    return guarded(words, [&] {
      const Event event = event_of(*from);
      const T value = Codec{}.decode(event);
      for (const std::string& key : as_keys(call(KeyOf{}, event, value))) put(keys, key);
    });
  }
  static void* initial() { return new State{}; }
  static void* copy(const void* state) { return new State(*static_cast<const State*>(state)); }
  static void destroy(void* state) { delete static_cast<State*>(state); }
  static int apply(void* state, const laterbase_event* from, laterbase_sink words) {
    return guarded(words, [&] {
      const Event event = event_of(*from);
      const T value = Codec{}.decode(event);
      call(Apply{}, event, *static_cast<State*>(state), value);
    });
  }
  static int show(const void* state, laterbase_sink json, laterbase_sink words) {
    return guarded(words, [&] { put(json, StateCodec{}.show(*static_cast<const State*>(state))); });
  }
  static int save(const void* state, laterbase_sink bytes, laterbase_sink words) {
    return guarded(words, [&] { put(bytes, StateCodec{}.save(*static_cast<const State*>(state))); });
  }
  static void* load(const char* bytes, std::size_t size) {
    try {
      return new State(StateCodec{}.load({bytes, size}));
    } catch (...) {
      return nullptr;
    }
  }
};

}  // namespace library

template <typename State, typename T, typename KeyOf, typename Apply, typename Codec = JsonCodec<T>,
          typename StateCodec = JsonState<State>>
constexpr laterbase_fold plugin_fold(const char* database, const char* name, KeyOf, Apply) {
  using Fold = library::PluginFold<State, T, KeyOf, Apply, Codec, StateCodec>;
  return {database,      name,        Fold::keys, Fold::initial, Fold::copy,
          Fold::destroy, Fold::apply, Fold::show, Fold::save,    Fold::load};
}

}  // namespace laterbase
