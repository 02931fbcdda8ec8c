#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/negotiate.h"

// gzip and zstd: answers are encoded as they stream, request bodies decoded within a bound.
namespace laterbase::http {

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends what it has for `in` to `out`; with `last`, all that is left and the end.
  virtual void encode(std::string_view in, bool last, std::string& out) = 0;
};

// `coding` is gzip or zstd.
std::unique_ptr<Encoder> make_encoder(Coding coding);

enum class Decoded { ok, malformed, too_large };

// Cost: stops after max_bytes of output, whatever a small input claims to hold.
Decoded decode(Coding coding, std::string_view in, std::uint64_t max_bytes, std::string& out);

std::string_view coding_name(Coding coding) noexcept;

}  // namespace laterbase::http
