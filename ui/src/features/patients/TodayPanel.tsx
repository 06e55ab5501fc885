import { IconCalendar, IconCheck, IconPlayerPlay, IconX } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { keys } from "../../app/query";
import { href } from "../../app/route";
import { backend } from "../../backend";
import type { AppointmentState, AppointmentView } from "../../backend";
import { Icon } from "../../components/Icon";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import { messages } from "./messages";
import styles from "./TodayPanel.module.css";

const icons: Record<AppointmentState, TablerIcon | null> = {
  booked: null,
  inProgress: IconPlayerPlay,
  done: IconCheck,
  off: IconX,
};

function Appointment({ appointment }: { appointment: AppointmentView }) {
  const icon = icons[appointment.state];
  return (
    <li>
      <a
        className={styles.appointment}
        data-state={appointment.state}
        href={href({ screen: "chart", id: appointment.patientId, tab: "summary" })}
      >
        <span className={styles.time}>{appointment.time}</span>
        <span className={styles.what}>
          <strong>
            <bdi>{appointment.name}</bdi>
          </strong>
          <span className={styles.ids}>
            <bdi>{appointment.born}</bdi> · <bdi>{appointment.identifier}</bdi>
          </span>
          <span className={styles.line}>
            <span><bdi>{appointment.reason}</bdi></span>
            {appointment.stateText && (
              <span className={styles.state}>
                {icon && <Icon of={icon} size={15} />}
                {appointment.stateText}
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}

/** The day's appointments by time. */
export function TodayPanel() {
  const today = useQuery({ queryKey: keys.today, queryFn: () => backend.today() });
  return (
    <aside className={styles.panel} aria-label={messages.todayPanel}>
      <header>
        <h2>{messages.todayPanel}</h2>
        <span><bdi>{today.data?.date}</bdi></span>
      </header>
      {today.error && <ErrorPanel error={today.error} retry={() => void today.refetch()} />}
      {!today.data && !today.error && <LoadingRows />}
      {today.data?.appointments.length === 0 && (
        <EmptyState icon={IconCalendar} title={messages.noAppointments} detail={messages.noAppointmentsDetail} />
      )}
      <ul>
        {today.data?.appointments.map((appointment) => (
          <Appointment key={`${appointment.time} ${appointment.patientId}`} appointment={appointment} />
        ))}
      </ul>
    </aside>
  );
}
