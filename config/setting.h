#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What one row of the page settings.h is made of. A row points at the member that it describes, so that reading,
// printing, comparing and documenting a setting are loops over rows.
namespace laterbase::config {

inline constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib, tib = 1024 * gib;
inline constexpr std::int64_t second_ms = 1000, minute_ms = 60 * second_ms, hour_ms = 60 * minute_ms;

enum class Durability { strong, relaxed };
enum class LogLevel { trace, debug, info, warn, error, off };
enum class LogFormat { automatic, text, json };
enum class Role { read, write, sync, admin };
enum class Direction { both, pull, push };

// Where to listen. Port 0 lets the system choose one.
struct Address {
  std::string host;  // an IP address or a name, without brackets
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
};

struct Token;
struct Peer;

// Bytes, written "64MiB"; at least `least`, at most `most`, which hold for the two below as well.
struct Size {
  std::uint64_t* value;
  std::uint64_t least = 1;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};

// Milliseconds, written "50ms", "5s", "1h".
struct Duration {
  std::int64_t* value;
  std::int64_t least = 0;
  std::int64_t most = 366 * (24 * hour_ms);
};

// How many, a plain number.
struct Count {
  std::uint64_t* value;
  std::uint64_t least = 1;
  std::uint64_t most = std::numeric_limits<std::int32_t>::max();
};

using Slot =
    std::variant<Size, Duration, Count, bool*, std::string*, Address*, std::vector<std::string>*, Durability*,
                 LogLevel*, LogFormat*, Direction*, std::vector<Role>*, std::vector<Token>*, std::vector<Peer>*>;

// Whether a changed value takes effect when the daemon reads its settings again (SIGHUP).
enum class When { reload, restart };

struct Setting {
  std::string_view name;  // as in TOML; --name as a flag, LATERBASE_NAME (dots as underscores) in the environment
  Slot slot;
  When when;
  std::string_view meaning;
  bool secret = false;  // never printed
};

}  // namespace laterbase::config
