#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/library/typed_reducer.h"

// One aggregate root (a database) of a server: what code does with its events, said before the server starts, and
// talking to it in the same process while it runs.
//
// Threads: what is said before the start by one thread; then any. User code is called from the node's threads: a fold's
// functions by one at a time, a validator's by several at once, what follows commits and relations all on one thread.
// Lifetime: within its server's. Errors: Refused; std::logic_error for what comes too early or too late.
namespace laterbase {

// Why something was not done, as HTTP would say it: 404 where there is no such thing, 409 for a key that has another
// value, 422 for an event or statement that can't be, 503 for what is not ready or broken, 507 for a full disk.
class Refused : public std::runtime_error {
 public:
  Refused(int status, const std::string& words) : std::runtime_error(words), status_(status) {}
  int status() const noexcept { return status_; }

 private:
  int status_;
};

struct AppendOptions {
  std::optional<Ulid> key;            // of a single event; otherwise the node makes one
  std::optional<std::int64_t> at_ms;  // valid time, for a key that the node makes; otherwise now
  bool relaxed = false;               // done once visible; durable a little later
};

struct Written {
  std::uint64_t lc = 0;  // the log's head with the events in it
  std::vector<Ulid> keys;
  std::uint64_t stored = 0, known = 0;  // new; there already with the same value
};

// The log has grown. Where who follows is slow, several commits become one.
struct Commit {
  std::string root;
  std::uint64_t after = 0, lc = 0;  // its entries are those after `after` up to and with `lc`
};

// A relation followed live.
struct Change {
  enum class Kind {
    snapshot,  // {"lc","rows"}
    delta,     // {"lc","add","del"}
    reset,     // a new snapshot follows
    error,     // the last: data is a text
  };
  Kind kind = Kind::delta;
  std::uint64_t lc = 0;
  nlohmann::json data;
};

struct Synced {
  std::uint64_t sent = 0, received = 0, round_trips = 0, bytes_out = 0, bytes_in = 0;
};

struct FoldOptions {
  std::uint64_t copy_distance = 64;  // events between the newest of the copies that backdated events go back to
  // Counted up where the functions give other results though the program is the same, for what they captured.
  std::uint64_t version = 0;
};

namespace library {
class Core;
struct RootCode;

// Ends what was subscribed.
class Following {
 public:
  Following() = default;
  explicit Following(std::function<void()> end) : end_(std::move(end)) {}
  Following(Following&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Following& operator=(Following&& other) noexcept {
    end();
    end_ = std::exchange(other.end_, nullptr);
    return *this;
  }
  ~Following() { end(); }
  // When it returns, nothing is called any more; not from within what is called.
  void end() {
    if (auto end = std::exchange(end_, nullptr)) end();
  }

 private:
  std::function<void()> end_;
};

// What needs no types.
class Handle {
 public:
  Handle(Core& core, std::shared_ptr<RootCode> code) : core_(&core), code_(std::move(code)) {}
  const std::string& name() const noexcept;

  // In the same process, while the server runs.
  Written append_bytes(std::string_view value, const AppendOptions& options = {});
  // A relation's rows, with parameters as in a URL: "kg=gt.100&order=kg.desc&limit=3".
  nlohmann::json read(const std::string& relation, const std::string& parameters = {});
  // One row by its key; of a fold, the state. Nothing where there is none.
  std::optional<nlohmann::json> read_one(const std::string& relation, const std::string& key);
  // Statements, all or nothing; answers as HTTP does.
  nlohmann::json sql(const std::string& statements);
  // Events after a position, in the log's order, until `visit` says false.
  void read_log(std::uint64_t after, const std::function<bool(const Event&)>& visit);
  std::uint64_t head();
  // `changed` is called with all of the relation first, then with what each commit changes in it.
  [[nodiscard]] Following subscribe(const std::string& relation, std::function<void(const Change&)> changed);
  // Until both hold the same events. `settings` as in PUT /peers: {"token":…}.
  Synced sync_with(const std::string& url, const std::string& settings = {});
  // What folds could not decode: {"fold":…,"count":…,"first":[{"lc","key","reason"}]}.
  nlohmann::json undecodable();

 protected:
  void add_fold(const std::string& name, std::shared_ptr<const folds::Reducer> reducer, const FoldOptions& options);
  void add_view(const std::string& name, const std::string& select);
  void add_validator(std::function<std::optional<std::string>(const Event&)> validate);
  void add_follower(std::function<void(const Commit&)> follow);
  Written append_all_bytes(const std::vector<std::string>& values, const AppendOptions& options);

  Core* core_;
  std::shared_ptr<RootCode> code_;
};

std::shared_ptr<const folds::Reducer> with_version(std::shared_ptr<const folds::Reducer> reducer,
                                                   std::uint64_t version);

}  // namespace library

using library::Following;

// A root whose events are T, by way of a codec.
template <typename T, typename Codec = JsonCodec<T>>
class RootOf : public library::Handle {
 public:
  RootOf(library::Core& core, std::shared_ptr<library::RootCode> code, Codec codec)
      : Handle(core, std::move(code)), codec_(std::move(codec)) {}

  // States of type State, one for each key that `key_of(event)` gives, made by `apply(state, event)` of each event in
  // the order of the events' keys. It is read at /{root}/{name} and /{root}/{name}/{key}, and by views as a relation
  // (key TEXT, state JSONB). Both may take the raw Event as a last argument.
  template <typename State, typename KeyOf, typename Apply, typename StateCodec = JsonState<State>>
  RootOf& fold(const std::string& name, KeyOf key_of, Apply apply, const FoldOptions& options = {},
               StateCodec states = {}) {
    add_fold(name, library::make_reducer<State, T>(codec_, std::move(states), std::move(key_of), std::move(apply)),
             options);
    return *this;
  }

  // A SELECT that is kept up to date on this node.
  RootOf& view(const std::string& name, const std::string& select) {
    add_view(name, select);
    return *this;
  }

  // Asked before an event is written here, by HTTP, SQL or this program: gives a sentence that says why not, or
  // nothing. What comes from other nodes is not asked about. Where events have a type, an event that can't be decoded
  // is refused, unless it carries facts ("@tx"): statements write such.
  template <typename Validate>
  RootOf& validate(Validate validate) {
    add_validator([codec = codec_, validate = std::move(validate)](const Event& event) -> std::optional<std::string> {
      std::optional<T> value;
      try {
        value.emplace(codec.decode(event));
      } catch (const Undecodable& trouble) {
        if (event.value.find("\"@tx\"") != std::string_view::npos) return std::nullopt;
        return std::string("The event can't be decoded: ") + trouble.what();
      }
      return library::call(validate, event, std::as_const(*value));
    });
    return *this;
  }

  // Called after each commit.
  RootOf& on_commit(std::function<void(const Commit&)> follow) {
    add_follower(std::move(follow));
    return *this;
  }

  Written append(const T& event, const AppendOptions& options = {}) requires(!std::is_same_v<T, Event>) {
    return append_bytes(codec_.encode(event), options);
  }
  Written append(std::string_view value, const AppendOptions& options = {}) requires std::is_same_v<T, Event> {
    return append_bytes(value, options);
  }
  // All or none.
  Written append_all(const std::vector<T>& events,
                     const AppendOptions& options = {}) requires(!std::is_same_v<T, Event>) {
    std::vector<std::string> values;
    for (const T& event : events) values.push_back(codec_.encode(event));
    return append_all_bytes(values, options);
  }
  template <typename State>
  std::optional<State> state(const std::string& fold, const std::string& key) {
    const auto json = read_one(fold, key);
    return json ? std::optional<State>(json->template get<State>()) : std::nullopt;
  }

 private:
  Codec codec_;
};

}  // namespace laterbase
