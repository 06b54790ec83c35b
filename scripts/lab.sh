# Source this. Functions that run a lab on loopback: two mock providers and the network between.
#   lab_start FOLDER   certificates, logs and ports go there; sets LAB_CA, LAB_ANTHROPIC, LAB_ZAI, LAB_NETWORK
#   lab_begin PROGRAM…  run a program in the background, to be ended by lab_stop
#   lab_stop           end what was started, newest first
# Bash only: the scripts that use it are.

LAB_PIDS=()

function lab_begin() {
	"$@" </dev/null &
	LAB_PIDS+=($!)
}

# lab_url FILE: wait for the line that says which port a server took, and print its address
function lab_url() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		if [ -s "$1" ]; then
			sed -n 's/.*"url": "\([^"]*\)".*/\1/p' "$1"
			return
		fi
		sleep 0.05
	done
	echo "lab: a server did not start; see $1" >&2
	return 1
}

function lab_start() {
	local folder=$1 bin
	bin=$(dirname "${BASH_SOURCE[0]}")/../bin
	mkdir -p "$folder/tls"
	lab_begin "$bin/mock-provider" --as anthropic --tls "$folder/tls" --log "$folder/anthropic.jsonl" \
		--five-hour-tokens "${LAB_TOKENS:-1000000}" >"$folder/anthropic.port"
	lab_begin "$bin/mock-provider" --as zai --tls "$folder/tls" --log "$folder/zai.jsonl" \
		--five-hour-tokens "${LAB_TOKENS:-1000000}" >"$folder/zai.port"
	LAB_ANTHROPIC=$(lab_url "$folder/anthropic.port")
	LAB_ZAI=$(lab_url "$folder/zai.port")
	lab_begin "$bin/mock-network" --route "api.anthropic.com=${LAB_ANTHROPIC##*:}" --route "api.z.ai=${LAB_ZAI##*:}" \
		--log "$folder/network.jsonl" >"$folder/network.port"
	LAB_NETWORK=$(lab_url "$folder/network.port")
	LAB_CA=$folder/tls/ca.pem
	export LAB_CA LAB_ANTHROPIC LAB_ZAI LAB_NETWORK
}

function lab_stop() {
	local at
	for ((at = ${#LAB_PIDS[@]} - 1; at >= 0; at--)); do
		kill "${LAB_PIDS[at]}" 2>/dev/null && wait "${LAB_PIDS[at]}" 2>/dev/null
	done
	LAB_PIDS=()
	return 0
}
