#pragma once

#include <cstdint>

// The least that Beast can do: answers every request with 100 bytes, keeps connections, one thread.
namespace laterbase::bench {

// Listens on 127.0.0.1, prints "127.0.0.1:PORT", and serves until the process is ended.
void serve_bare_beast();

}  // namespace laterbase::bench
