#include "apps/hapair/wiring/worker_model.hpp"

#include <utility>

#include "apps/hapair/config/envelope.hpp"
#include "common/base/bytes.hpp"

namespace hapair::wiring {

std::string encode_worker_model(const WorkerModel& model) {
  base::ByteWriter writer;
  writer.u8(model.write_gid ? 1 : 0).u32(model.write_gid.value_or(0));
  writer.u64(model.memory_limit.value_or(0));
  writer.bytes(base::as_bytes(model.envelope));
  return std::string(base::as_text(writer.view()));
}

base::Result<WorkerModel> decode_worker_model(std::string_view bytes) {
  base::ByteReader reader(base::as_bytes(bytes));
  const bool has_gid = reader.u8() == 1;
  const std::uint32_t gid = reader.u32();
  const std::uint64_t memory_limit = reader.u64();
  if (!reader.ok()) return base::fail("worker model: too short");
  WorkerModel model;
  if (has_gid) model.write_gid = gid;
  if (memory_limit > 0) model.memory_limit = memory_limit;
  model.envelope = base::as_text(reader.take(reader.left()));
  return model;
}

base::Result<GivenModel> read_worker_model(std::string_view bytes) {
  const auto given = decode_worker_model(bytes);
  if (!given) return std::unexpected(given.error());
  auto envelope = config::unpack_envelope(given->envelope);
  if (!envelope) return std::unexpected(envelope.error());
  auto model = config::parse_envelope(*envelope);
  if (!model) return std::unexpected(model.error());
  return GivenModel{.text = std::move(envelope->text),
                    .model = std::move(*model),
                    .write_gid = given->write_gid,
                    .memory_limit = given->memory_limit};
}

}  // namespace hapair::wiring
