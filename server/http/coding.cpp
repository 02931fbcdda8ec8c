#include "server/http/coding.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>

namespace laterbase::http {
namespace {

constexpr std::size_t step_bytes = 32 * 1024;
constexpr int gzip_window = 15 + 16;  // zlib's way to say gzip

unsigned char* zlib_bytes(const char* at) { return reinterpret_cast<unsigned char*>(const_cast<char*>(at)); }

class GzipEncoder : public Encoder {
 public:
  GzipEncoder() {
    if (deflateInit2(&stream_, 1, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  }
  ~GzipEncoder() override { deflateEnd(&stream_); }
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  void encode(std::string_view in, bool last, std::string& out) override {
    stream_.next_in = zlib_bytes(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + step_bytes);
      stream_.next_out = zlib_bytes(out.data() + before);
      stream_.avail_out = step_bytes;
      deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      out.resize(before + step_bytes - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

class ZstdEncoder : public Encoder {
 public:
  ZstdEncoder() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, 19);
  }
  ~ZstdEncoder() override { ZSTD_freeCCtx(context_); }
  ZstdEncoder(const ZstdEncoder&) = delete;
  ZstdEncoder& operator=(const ZstdEncoder&) = delete;

  void encode(std::string_view in, bool last, std::string& out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    std::size_t left = 0;
    do {
      const std::size_t before = out.size();
      out.resize(before + step_bytes);
      ZSTD_outBuffer output{out.data() + before, step_bytes, 0};
      left = ZSTD_compressStream2(context_, &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
      out.resize(before + output.pos);
      if (ZSTD_isError(left) != 0) throw std::bad_alloc();
    } while (last ? left != 0 : input.pos < input.size);
  }

 private:
  ZSTD_CCtx* context_;
};

// Makes room for the next step; nothing where the bound is reached.
std::size_t grow(std::string& out, std::uint64_t max_bytes) {
  const std::size_t before = out.size();
  // One more byte than allowed, so that "exactly full" and "too large" differ.
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(step_bytes, max_bytes + 1 - before));
  out.resize(before + room);
  return room;
}

Decoded decode_gzip(std::string_view in, std::uint64_t max_bytes, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, void (*)(z_stream*)> guard(&stream, [](z_stream* s) { inflateEnd(s); });
  stream.next_in = zlib_bytes(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t room = grow(out, max_bytes);
    stream.next_out = zlib_bytes(out.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + room - stream.avail_out);
    if (out.size() > max_bytes) return Decoded::too_large;
    if (code == Z_STREAM_END) return stream.avail_in == 0 ? Decoded::ok : Decoded::malformed;
    if (code != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) return Decoded::malformed;
  }
}

Decoded decode_zstd(std::string_view in, std::uint64_t max_bytes, std::string& out) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (context == nullptr) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 23);
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t room = grow(out, max_bytes);
    ZSTD_outBuffer output{out.data() + before, room, 0};
    const std::size_t code = ZSTD_decompressStream(context.get(), &output, &input);
    out.resize(before + output.pos);
    if (ZSTD_isError(code) != 0) return Decoded::malformed;
    if (out.size() > max_bytes) return Decoded::too_large;
    if (code == 0 && input.pos == input.size) return Decoded::ok;
    if (input.pos == input.size && output.pos < room) return Decoded::malformed;
  }
}

}  // namespace

std::unique_ptr<Encoder> make_encoder(Coding coding) {
  if (coding == Coding::zstd) return std::make_unique<ZstdEncoder>();
  return std::make_unique<GzipEncoder>();
}

Decoded decode(Coding coding, std::string_view in, std::uint64_t max_bytes, std::string& out) {
  return coding == Coding::zstd ? decode_zstd(in, max_bytes, out) : decode_gzip(in, max_bytes, out);
}

std::string_view coding_name(Coding coding) noexcept {
  return coding == Coding::zstd ? "zstd" : coding == Coding::gzip ? "gzip" : "identity";
}

}  // namespace laterbase::http
