// Finds and reads temperature sensors: hardware monitors (hwmon) and thermal zones, both in millidegrees.
// Which of them describe the same thing is left to output/json.ts.
import type { SensorReading } from '../readings.ts';
import type { KernelFiles } from './kernel-files.ts';

const HWMON = '/sys/class/hwmon';
const THERMAL = '/sys/class/thermal';

interface Sensor extends Omit<SensorReading, 'celsius'> {
  readonly inputPath: string;
  /** Says 1 while the sensor is broken (Documentation/hwmon/sysfs-interface.rst); few drivers have it. */
  readonly faultPath: string | null;
}

/** Sensors of one machine. Looking for them lists folders, so it happens only at a rescan. */
export class Sensors {
  readonly #files: KernelFiles;
  #sensors: readonly Sensor[] = [];

  constructor(files: KernelFiles) {
    this.#files = files;
  }

  rescan(): void {
    this.#sensors = [...this.#hardwareMonitors(), ...this.#thermalZones()];
  }

  /** A sensor that is there and refuses (a sleeping disk, a radio that is off) gives null. */
  read(): SensorReading[] {
    return this.#sensors.map(({ inputPath, faultPath, ...sensor }) => ({
      ...sensor,
      celsius: this.#celsius(inputPath, faultPath),
    }));
  }

  #celsius(inputPath: string, faultPath: string | null): number | null {
    if (faultPath !== null && this.#files.number(faultPath) === 1) return null;
    const millidegrees = this.#files.number(inputPath);
    return millidegrees === null ? null : millidegrees / 1000;
  }

  #hardwareMonitors(): Sensor[] {
    return numbered(this.#files.list(HWMON), 'hwmon').flatMap((entry) => this.#monitor(`${HWMON}/${entry}`));
  }

  #monitor(folder: string): Sensor[] {
    const names = this.#files.list(folder) ?? [];
    const chipName = this.#files.word(`${folder}/name`) ?? 'unknown';
    const chip = chipAddress(this.#files.resolved(`${folder}/device`)) ?? cleanName(chipName);
    const inputs = names.filter((name) => /^temp\d+_input$/.test(name));
    return numbered(inputs, 'temp').map((input) => {
      const sensor = input.slice(0, -'_input'.length);
      return {
        source: 'hwmon',
        chip,
        chipName,
        sensor,
        label: this.#files.word(`${folder}/${sensor}_label`),
        inputPath: `${folder}/${input}`,
        faultPath: names.includes(`${sensor}_fault`) ? `${folder}/${sensor}_fault` : null,
      };
    });
  }

  #thermalZones(): Sensor[] {
    return numbered(this.#files.list(THERMAL), 'thermal_zone').map((entry) => {
      const type = this.#files.word(`${THERMAL}/${entry}/type`) ?? 'unknown';
      return {
        source: 'thermal_zone',
        chip: type,
        chipName: type,
        sensor: entry.slice('thermal_zone'.length),
        label: null,
        inputPath: `${THERMAL}/${entry}/temp`,
        faultPath: null,
      };
    });
  }
}

/** Entries `<prefix><number>...` in the order of their numbers. */
function numbered(entries: readonly string[] | null, prefix: string): string[] {
  const order = (entry: string) => Number.parseInt(entry.slice(prefix.length), 10);
  return (entries ?? [])
    .filter((entry) => entry.startsWith(prefix) && Number.isFinite(order(entry)))
    .sort((a, b) => order(a) - order(b));
}

/** The last two folders of a device, `.../platform/coretemp.0` as `platform_coretemp_0`: node_exporter's `chip`
 *  label, which stays the same when hwmon numbers move at the next boot. */
function chipAddress(devicePath: string | null): string | null {
  if (devicePath === null) return null;
  return devicePath.split('/').slice(-2).map(cleanName).join('_');
}

function cleanName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '');
}
