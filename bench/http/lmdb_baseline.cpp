#include "bench/http/lmdb_baseline.h"

#include <lmdb.h>

#include <chrono>
#include <stdexcept>

#include "engine/base/bytes.h"

namespace laterbase::bench {
namespace {

using Clock = std::chrono::steady_clock;

void check(int status) {
  if (status != MDB_SUCCESS) throw std::runtime_error(mdb_strerror(status));
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

MDB_val value_of(std::string& bytes) { return {bytes.size(), bytes.data()}; }

// 16 bytes, as a ULID is. Random order: multiplication by an odd number is a permutation of the 64-bit numbers.
void make_key(std::string& key, std::uint64_t number, bool random) {
  store_be64(key.data(), random ? number * 0x9E3779B97F4A7C15ULL : number);
}

}  // namespace

struct LmdbBaseline::Environment {
  MDB_env* handle = nullptr;
  MDB_dbi log = 0;
  MDB_dbi keys = 0;
  std::uint64_t position = 0;

  void put_batch(bool random_keys) {
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(handle, nullptr, 0, &transaction));
    std::string at(8, '\0'), event(116, 'v'), key(16, '\0');
    for (int i = 0; i < 1000; ++i) {
      store_be64(at.data(), ++position);
      make_key(key, position, random_keys);
      event.replace(0, 16, key);
      MDB_val at_value = value_of(at), event_value = value_of(event), key_value = value_of(key);
      check(mdb_put(transaction, log, &at_value, &event_value, MDB_APPEND));
      check(mdb_put(transaction, keys, &key_value, &at_value, random_keys ? 0 : MDB_APPEND));
    }
    check(mdb_txn_commit(transaction));
  }
};

LmdbBaseline::LmdbBaseline(const std::string& directory) : environment_(std::make_unique<Environment>()) {
  Environment& e = *environment_;
  check(mdb_env_create(&e.handle));
  check(mdb_env_set_mapsize(e.handle, 16ULL << 30));
  check(mdb_env_set_maxdbs(e.handle, 2));
  check(mdb_env_open(e.handle, directory.c_str(), 0, 0644));
  MDB_txn* transaction = nullptr;
  check(mdb_txn_begin(e.handle, nullptr, 0, &transaction));
  check(mdb_dbi_open(transaction, "log", MDB_CREATE, &e.log));
  check(mdb_dbi_open(transaction, "keys", MDB_CREATE, &e.keys));
  check(mdb_txn_commit(transaction));
}

LmdbBaseline::~LmdbBaseline() { mdb_env_close(environment_->handle); }

double LmdbBaseline::put(bool random_keys, std::uint64_t most_events, double seconds) {
  const auto begin = Clock::now();
  const std::uint64_t before = environment_->position;
  while (environment_->position - before < most_events && seconds_since(begin) < seconds) {
    environment_->put_batch(random_keys);
  }
  return static_cast<double>(environment_->position - before) / seconds_since(begin);
}

double LmdbBaseline::scan() const {
  const auto begin = Clock::now();
  MDB_txn* transaction = nullptr;
  MDB_cursor* cursor = nullptr;
  check(mdb_txn_begin(environment_->handle, nullptr, MDB_RDONLY, &transaction));
  check(mdb_cursor_open(transaction, environment_->log, &cursor));
  MDB_val at = {}, event = {};
  std::uint64_t count = 0;
  volatile std::uint64_t seen = 0;
  while (mdb_cursor_get(cursor, &at, &event, MDB_NEXT) == MDB_SUCCESS) {
    const char* bytes = static_cast<const char*>(event.mv_data);
    seen = seen + load_be64(bytes) + static_cast<unsigned char>(bytes[event.mv_size - 1]);
    ++count;
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  return static_cast<double>(count) / seconds_since(begin);
}

}  // namespace laterbase::bench
