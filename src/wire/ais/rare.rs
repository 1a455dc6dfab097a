//! Types that are seldom sent and of which Vigie uses the sender alone: their fields by the crate `aivdm`,
//! for comparison with other decoders.

use aivdm::AisMessage;
use aivdm::message::ChannelManagementTarget;
use serde_json::{Map, Value, json};

/// The fields of types 6-8, 10, 13, 15, 16, 20, 22, 23, 25 and 26 after the source (§3.4 to §3.24).
pub(super) fn fields(armour: &[u8], fill_bits: u8) -> Value {
    match aivdm::decode_payload(armour, fill_bits) {
        Ok(message) => of(&message),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn of(message: &AisMessage) -> Value {
    match message {
        AisMessage::BinaryAddressedMessage(m) => json!({"seqno": m.sequence_number,
            "dest_mmsi": m.destination_mmsi.raw(), "retransmit": m.retransmit, "dac": m.dac, "fid": m.fi,
            "data": hex(m.data.bytes()), "data_bits": m.data.bit_len()}),
        AisMessage::BinaryBroadcastMessage(m) => json!({"dac": m.dac, "fid": m.fi,
            "data": hex(m.data.bytes()), "data_bits": m.data.bit_len()}),
        AisMessage::Acknowledge(m) => {
            let mut all = Map::new();
            for (i, ack) in m.acks.iter().flatten().enumerate() {
                all.insert(format!("mmsi{}", i + 1), ack.mmsi.raw().into());
                all.insert(format!("mmsiseq{}", i + 1), ack.sequence_number.into());
            }
            Value::Object(all)
        }
        AisMessage::UtcDateInquiry(m) => json!({"dest_mmsi": m.destination_mmsi.raw()}),
        AisMessage::Interrogation(m) => {
            let (one, two) = (&m.station_1_request_1, &m.station_1_request_2);
            let other = m.station_2.as_ref();
            json!({"mmsi1": m.station_1_mmsi.raw(), "type1_1": one.message_type, "offset1_1": one.slot_offset,
                "type1_2": two.as_ref().map(|r| r.message_type), "offset1_2": two.as_ref().map(|r| r.slot_offset),
                "mmsi2": other.map(|s| s.mmsi.raw()), "type2_1": other.map(|s| s.request.message_type),
                "offset2_1": other.map(|s| s.request.slot_offset)})
        }
        AisMessage::AssignmentModeCommand(m) => {
            let second = m.second.as_ref();
            json!({"mmsi1": m.first.destination_mmsi.raw(), "offset1": m.first.offset,
                "increment1": m.first.increment, "mmsi2": second.map(|a| a.destination_mmsi.raw()),
                "offset2": second.map(|a| a.offset), "increment2": second.map(|a| a.increment)})
        }
        AisMessage::DataLinkManagement(m) => {
            let mut all = Map::new();
            for (i, slot) in m.reservations.iter().flatten().enumerate() {
                all.insert(format!("offset{}", i + 1), slot.offset.into());
                all.insert(format!("number{}", i + 1), slot.reserved_slots.into());
                all.insert(format!("timeout{}", i + 1), slot.timeout.into());
                all.insert(format!("increment{}", i + 1), slot.increment.into());
            }
            Value::Object(all)
        }
        AisMessage::ChannelManagement(m) => {
            let mut all = json!({"channel_a": m.channel_a, "channel_b": m.channel_b, "txrx": m.tx_rx_mode,
                "power": m.low_power, "band_a": m.channel_a_bandwidth, "band_b": m.channel_b_bandwidth,
                "zonesize": m.zone_size});
            let target = match m.target {
                ChannelManagementTarget::Area {
                    ne_longitude_raw,
                    ne_latitude_raw,
                    sw_longitude_raw,
                    sw_latitude_raw,
                } => json!({"addressed": false, "ne_lon": ne_longitude_raw, "ne_lat": ne_latitude_raw,
                    "sw_lon": sw_longitude_raw, "sw_lat": sw_latitude_raw}),
                ChannelManagementTarget::Addressed { destination_mmsi_1, destination_mmsi_2 } => json!({
                    "addressed": true, "dest1": destination_mmsi_1.raw(), "dest2": destination_mmsi_2.raw()}),
                _ => Value::Null,
            };
            if let (Value::Object(all), Value::Object(target)) = (&mut all, target) {
                all.extend(target);
            }
            all
        }
        AisMessage::GroupAssignmentCommand(m) => {
            json!({"ne_lon": m.ne_longitude_raw, "ne_lat": m.ne_latitude_raw,
            "sw_lon": m.sw_longitude_raw, "sw_lat": m.sw_latitude_raw, "station_type": m.station_type,
            "ship_type": m.ship_type, "txrx": m.tx_rx_mode, "interval": m.report_interval, "quiet": m.quiet_time})
        }
        AisMessage::SingleSlotBinaryMessage(m) => json!({"dest_mmsi": m.destination_mmsi.map(|d| d.raw()),
            "app_id": m.app_id.map(|(dac, fid)| json!([dac, fid])), "data": hex(m.data.bytes()),
            "data_bits": m.data.bit_len()}),
        AisMessage::MultiSlotBinaryMessage(m) => json!({"dest_mmsi": m.destination_mmsi.map(|d| d.raw()),
            "app_id": m.app_id.map(|(dac, fid)| json!([dac, fid])), "data": hex(m.data.bytes()),
            "data_bits": m.data.bit_len(), "radio": m.radio_status}),
        _ => Value::Null,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
